import { defineKeyProvider, type Embedder, inMemory, type Scope, type VectorStore } from "@loci/core";
import { Memory } from "@loci/core/testing";
import { type BeforeCall, type Parts, tellCalls } from "./foreign-calls.ts";
import { fakeLetterEmbedder, fakeWideEmbedder } from "./letter-embedder.ts";
import { fakeMasterKeys } from "./master-keys.ts";
import { fakeParrot } from "./scripted-model.ts";

export const alice: Scope = { orgId: "acme", userId: "alice" };
export const bob: Scope = { orgId: "acme", userId: "bob" };
export const say = (content: string): { readonly role: "user"; readonly content: string } => ({
  role: "user",
  content,
});
const key = { key: "animals/first" };
const fakeReranker: NonNullable<Parts["reranker"]> = {
  specVersion: 1,
  id: "fake-shortest-first",
  rerank: async (_query, texts) => texts.map((text) => 1 / text.length),
};

/** One memory with every part that an application may give it, and what was stored before. */
export async function setUp(make: () => VectorStore): Promise<World> {
  let before: BeforeCall = () => {};
  const parts = {
    store: make(),
    embedder: fakeLetterEmbedder(),
    languageModel: fakeParrot(),
    reranker: fakeReranker,
    keys: defineKeyProvider("masters", fakeMasterKeys()),
  };
  const elsewhere = inMemory();
  let last: Memory;
  const build = (embedder: Embedder = parts.embedder) => {
    const tell = <T extends Parts>(some: T) => tellCalls(some, (name) => before(name));
    const { store, ...models } = tell({ ...parts, embedder });
    // Every organization begins here.
    const cells = { here: { store }, there: { store: tell({ store: elsewhere }).store, ceiling: 1 } };
    last = new Memory({ cells, registry: store, formerEmbedders: [parts.embedder], ...models });
    return last;
  };
  const memory = build();
  const { results } = await memory.add([say("a zebra"), say("a boat")], { ...alice, infer: false });
  await memory.add([say("a horse")], { ...bob, infer: false });
  await memory.add(say("a donkey"), { ...alice, ...key });
  const dump = new Uint8Array(await new Response(await memory.organization("acme").export()).arrayBuffer());
  return {
    memory,
    build,
    last: () => last,
    id: results[0]?.id ?? "",
    dump,
    before: (next: BeforeCall) => {
      before = next;
    },
  };
}

export interface World {
  readonly memory: Memory;
  /** Builds another memory of the same parts, but for its embedder. */
  readonly build: (embedder: Embedder) => Memory;
  /** The memory that was built last. */
  readonly last: () => Memory;
  /** The id of the first of alice's memories. */
  readonly id: string;
  readonly dump: Uint8Array<ArrayBuffer>;
  /** Says what is called before each foreign call from now on. */
  readonly before: (next: BeforeCall) => void;
}
export type Operation = (world: World, options: { readonly signal: AbortSignal }) => Promise<unknown>;
const acme = ({ memory }: World) => memory.organization("acme");
const wide = (world: World) => world.build(fakeWideEmbedder());
/** These stop writes for a moment, or end the organization. */
export const stopping: readonly string[] = ["offboard", "move", "reembed", "rotateKey"];
const drain = async (stream: ReadableStream<Uint8Array>) => {
  for await (const _ of stream as unknown as AsyncIterable<Uint8Array>);
};

/** Every operation that asks a store, a model or a key provider. */
export const operations: Record<string, Operation> = {
  "add raw": ({ memory }, options) => memory.add(say("a ferry"), { ...alice, infer: false, ...options }),
  "add inferred": ({ memory }, options) => memory.add(say("a ferry"), { ...alice, ...options }),
  "add under a key": ({ memory }, options) => memory.add(say("a ferry"), { ...alice, ...key, ...options }),
  "add superseding": ({ memory, id }, options) =>
    memory.add(say("a ferry"), { ...alice, supersedes: id, ...options }),
  "add to a new organization": ({ memory }, options) =>
    memory.add(say("a ferry"), { orgId: "new", infer: false, ...options }),
  search: ({ memory }, options) => memory.search("a zebra", { ...alice, ...options }),
  context: ({ memory }, options) => memory.context("a zebra", { ...alice, ...options }),
  get: ({ memory, id }, options) => memory.get(id, { ...alice, ...options }),
  list: ({ memory }, options) => memory.list({ ...alice, ...options }),
  "get by key": ({ memory }, options) => memory.get(key, { ...alice, ...options }),
  "update by key": ({ memory }, options) => memory.update(key, { text: "a mule" }, { ...alice, ...options }),
  "delete by key": ({ memory }, options) => memory.delete(key, { ...alice, ...options }),
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
