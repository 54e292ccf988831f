import { chosenEffort } from "@loci/backends";
import { defineKeyProvider, type Embedder, inMemory, type VectorStore } from "@loci/core";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { type BeforeCall, type Parts, tellCalls } from "./foreign-calls.ts";
import { fakeLetterEmbedder, fakeWideEmbedder } from "./letter-embedder.ts";
import { fakeMasterKeys } from "./master-keys.ts";
import { fakeParrot } from "./scripted-model.ts";
import { engineStores } from "./stores.ts";

/** What hangs here is fake, and the same on every store. */
const embedded = engineStores.filter(({ name }) => name === "in-memory");

const alice = { orgId: "acme", userId: "alice" };
const bob = { orgId: "acme", userId: "bob" };
const say = (content: string) => ({ role: "user", content }) as const;
const fakeReranker: NonNullable<Parts["reranker"]> = {
  specVersion: 1,
  id: "fake-shortest-first",
  rerank: async (_query, texts) => texts.map((text) => 1 / text.length),
};

/** One memory with every part that an application may give it, and what was stored before. */
async function setUp(make: () => VectorStore) {
  let before: BeforeCall = () => {};
  const parts = {
    store: make(),
    embedder: fakeLetterEmbedder(),
    languageModel: fakeParrot(),
    reranker: fakeReranker,
    keys: defineKeyProvider("masters", fakeMasterKeys()),
  };
  const elsewhere = inMemory();
  const build = (embedder: Embedder = parts.embedder) => {
    const tell = <T extends Parts>(some: T) => tellCalls(some, (name) => before(name));
    const { store, ...models } = tell({ ...parts, embedder });
    // Every organization begins here.
    const cells = { here: { store }, there: { store: tell({ store: elsewhere }).store, ceiling: 1 } };
    return new Memory({ cells, registry: store, formerEmbedders: [parts.embedder], ...models });
  };
  const memory = build();
  const { results } = await memory.add([say("a zebra"), say("a boat")], { ...alice, infer: false });
  await memory.add([say("a horse")], { ...bob, infer: false });
  const dump = new Uint8Array(await new Response(await memory.organization("acme").export()).arrayBuffer());
  return {
    memory,
    build,
    id: results[0]?.id ?? "",
    dump,
    before: (next: BeforeCall) => {
      before = next;
    },
  };
}

type World = Awaited<ReturnType<typeof setUp>>;
type Operation = (world: World, options: { readonly signal: AbortSignal }) => Promise<unknown>;
const acme = ({ memory }: World) => memory.organization("acme");
const wide = (world: World) => world.build(fakeWideEmbedder());
/** These stop writes for a moment, or end the organization. */
const stopping = ["offboard", "move", "reembed", "rotateKey"];
const drain = async (stream: ReadableStream<Uint8Array>) => {
  for await (const _ of stream as unknown as AsyncIterable<Uint8Array>);
};

const operations: Record<string, Operation> = {
  "add raw": ({ memory }, options) => memory.add(say("a ferry"), { ...alice, infer: false, ...options }),
  "add inferred": ({ memory }, options) => memory.add(say("a ferry"), { ...alice, ...options }),
  "add superseding": ({ memory, id }, options) =>
    memory.add(say("a ferry"), { ...alice, supersedes: id, ...options }),
  "add to a new organization": ({ memory }, options) =>
    memory.add(say("a ferry"), { orgId: "new", infer: false, ...options }),
  search: ({ memory }, options) => memory.search("a zebra", { ...alice, ...options }),
  context: ({ memory }, options) => memory.context("a zebra", { ...alice, ...options }),
  get: ({ memory, id }, options) => memory.get(id, { ...alice, ...options }),
  list: ({ memory }, options) => memory.list({ ...alice, ...options }),
  history: ({ memory, id }, options) => memory.history(id, { ...alice, ...options }),
  update: ({ memory, id }, options) => memory.update(id, { text: "a mule" }, { ...alice, ...options }),
  delete: ({ memory, id }, options) => memory.delete(id, { ...alice, ...options }),
  deleteAll: ({ memory }, options) => memory.deleteAll({ ...alice, ...options }),
  forget: ({ memory }, options) => memory.scope(alice).forget(options),
  planForget: ({ memory }, options) => memory.scope(alice).planForget(options),
  extractPending: ({ memory }, options) => memory.scope(alice).extractPending(options),
  "export of a scope": async ({ memory }, options) => drain(await memory.scope(alice).export(options)),
  export: async (world, options) => drain(await acme(world).export(options)),
  "import into a new organization": ({ memory, dump }, options) =>
    memory.organization("new").import(new Blob([dump]).stream(), { from: "acme", ...options }),
  "import over what is there": (world, options) =>
    acme(world).import(new Blob([world.dump]).stream(), { conflicts: "overwrite", ...options }),
  onboard: ({ memory }, options) => memory.organization("new").onboard(options),
  offboard: (world, options) => acme(world).offboard(options),
  planOffboarding: (world, options) => acme(world).planOffboarding(options),
  move: (world, options) => acme(world).move({ to: { cell: "there" }, ...options }),
  reembed: (world, options) => wide(world).organization("acme").reembed(options),
  planReembedding: (world, options) => wide(world).organization("acme").planReembedding(options),
  rotateKey: (world, options) => acme(world).rotateKey(options),
  cancelMigration: (world, options) => acme(world).cancelMigration(options),
  namespaces: (world, options) => acme(world).namespaces(options),
  organizations: ({ memory }, options) => memory.organizations(options),
  receipts: ({ memory }, options) => memory.receipts(options),
};

/** Runs an operation whose so-many-th foreign call hangs, and every one after it where `forever` is set. */
async function hang(
  make: () => VectorStore,
  run: Operation,
  at: number,
  { forever = false, meanwhile = async () => {} }: Hanging = {},
): Promise<string | undefined> {
  const world = await setUp(make);
  const controller = new AbortController();
  const reason = new Error("enough");
  const hung = Promise.withResolvers<string>();
  let seen = 0;
  world.before((called) => {
    seen += 1;
    if (seen < at || (seen > at && !forever)) return;
    hung.resolve(called);
    return new Promise<never>(() => {});
  });
  const ended = run(world, { signal: controller.signal }).then(
    () => "done",
    (error: unknown) => error,
  );
  const where = await Promise.race([hung.promise, ended.then(() => undefined)]);
  // It was over before.
  if (where === undefined) return undefined;
  await meanwhile(world);
  const start = performance.now();
  controller.abort(reason);
  const how = await Promise.race([
    ended,
    new Promise((resolve) => setTimeout(() => resolve("still hangs"), patience)),
  ]);
  expect(how, `call ${at}, ${where}, after ${Math.round(performance.now() - start)} ms`).toBe(reason);
  return where;
}

interface Hanging {
  readonly forever?: boolean;
  readonly meanwhile?: (world: World) => Promise<void>;
}

/** How long an operation may take to end, in milliseconds: a store that obeys no signal is waited for a little. */
const patience = 5000;

/** Hangs an operation at each of its foreign calls, some at a time. */
async function hangEverywhere(make: () => VectorStore, run: Operation, how: Hanging): Promise<number> {
  const atOnce = 60;
  const step = chosenEffort().isQuick ? 5 : 1;
  for (let first = 1; ; first += atOnce * step) {
    const numbers = Array.from({ length: atOnce }, (_, index) => first + index * step);
    const hung = await Promise.all(numbers.map((at) => hang(make, run, at, how)));
    const places = hung.filter((where) => where !== undefined);
    if (places.length < atOnce) return first - 1 + places.length * step;
  }
}

describe.each(embedded)("a call that hangs on $name", { timeout: 300_000 }, ({ make }) => {
  it.each(Object.entries(operations))("ends %s with its signal, wherever it hangs", async (_, run) => {
    expect(await hangEverywhere(make, run, {})).toBeGreaterThan(0);
  });

  it.each(Object.entries(operations))(
    "ends %s with its signal, where everything hangs from some moment on",
    async (_, run) => {
      expect(await hangEverywhere(make, run, { forever: true })).toBeGreaterThan(0);
    },
  );

  it.each(Object.entries(operations).filter(([name]) => !stopping.includes(name)))(
    "keeps nobody else waiting, wherever %s hangs",
    async (_, run) => {
      const meanwhile = async ({ memory }: World) => {
        const start = performance.now();
        const raw = { ...bob, infer: false };
        const { results } = await memory.add(say("a mule"), raw);
        const id = results[0]?.id ?? "";
        await memory.update(id, { text: "a donkey" }, bob);
        expect((await memory.search("a donkey", bob)).map(({ text }) => text)).toContain("a donkey");
        await memory.delete(id, bob);
        await memory.add(say("of the user itself"), { ...alice, infer: false });
        expect((await memory.scope(bob).forget()).memories).toBe(1);
        expect((await memory.list(bob)).memories).toEqual([]);
        expect(performance.now() - start).toBeLessThan(patience);
      };
      expect(await hangEverywhere(make, run, { meanwhile })).toBeGreaterThan(0);
    },
  );
});
