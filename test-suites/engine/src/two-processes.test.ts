import { defineKeyProvider, type Embedder, inMemory, type MemoryOptions, type VectorStore } from "@loci/core";
import { namespaceKey, scopeFilter } from "@loci/core/store";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { fakeMasterKeys } from "./master-keys.ts";
import { allStores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const say = (content: string) => ({ role: "user", content }) as const;
const everything = scopeFilter({}, "within");

/** An embedder that stops before its so-many-th call until it is told to go on. */
function fakeStoppingEmbedder(at: number) {
  const inner = fakeLetterEmbedder();
  const stopped = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  let calls = 0;
  const embedder: Embedder = {
    ...inner,
    async embed(texts, options) {
      calls += 1;
      if (calls === at) {
        stopped.resolve();
        await goOn.promise;
      }
      return inner.embed(texts, options);
    },
  };
  return { embedder, stopped: stopped.promise, goOn: goOn.resolve };
}

/** Everything that the store holds of an organization, with the words that its records are indexed by. */
async function wordsFound(store: VectorStore, words: readonly string[]): Promise<readonly string[]> {
  const key = namespaceKey({ kind: "organization", deployment: "default", orgId: "acme", generation: 1 });
  const namespace = await store.open({ key });
  const weights = { own: 1, before: 1, after: 1 };
  const found: string[] = [];
  for (const term of words) {
    const hits = await namespace.searchText?.({ terms: [term], weights, scope: everything, limit: 10 });
    if (hits && hits.length > 0) found.push(term);
  }
  const { records } = await namespace.list({ scope: everything, limit: 1000 });
  for (const word of words) if (records.some(({ payload }) => payload.includes(word))) found.push(word);
  return found;
}

describe.each(allStores)("two processes on $name", { timeout: 300_000 }, ({ make }) => {
  const open = (store: VectorStore, options: Partial<MemoryOptions> = {}) =>
    new Memory({ store, embedder: fakeLetterEmbedder(), ...options });

  it.each(["forget", "delete", "deleteAll"] as const)(
    "leave nothing of what one deletes by %s while the other stores the reply to it",
    async (how) => {
      const store = make();
      const { embedder, stopped, goOn } = fakeStoppingEmbedder(2);
      const [first, second] = [open(store, { embedder }), open(store)];
      const { results } = await first.add(say("a zebra"), alice);
      const replying = first.add(say("a boat"), alice);
      await stopped;
      if (how === "forget") {
        const receipt = await second.scope(alice).forget();
        expect(receipt).toMatchObject({ memories: 1 });
      } else if (how === "delete") {
        expect(await second.delete(results[0]?.id ?? "", alice)).toMatchObject({ deleted: 1 });
      } else expect(await second.deleteAll(alice)).toMatchObject({ deleted: 1 });
      goOn();
      expect((await replying).results).toMatchObject([{ status: "added", text: "a boat" }]);
      for (const memory of [first, second])
        expect((await memory.list(alice)).memories.map(({ text }) => text)).toEqual(["a boat"]);
      expect(await wordsFound(store, ["zebra"])).toEqual([]);
    },
  );

  it("keep deleted what one updates while the other deletes it", async () => {
    for (let round = 0; round < 10; round++) {
      const store = make();
      const [first, second] = [open(store), open(store)];
      const { results } = await first.add([say("a horse"), say("a zebra"), say("a boat")], alice);
      const id = results[1]?.id ?? "";
      const update = first.update(id, { text: "a ferry" }, alice).catch((error: unknown) => error);
      const [, deletion] = await Promise.all([update, second.delete(id, alice)]);
      expect(deletion).toMatchObject({ deleted: 1 });
      expect((await first.list(alice)).memories.map(({ text }) => text)).toEqual(["a boat", "a horse"]);
      expect(await wordsFound(store, ["zebra", "ferry"])).toEqual([]);
    }
  });

  it("lose no revision of one memory, and no message of one conversation", async () => {
    const store = make();
    const processes = [open(store), open(store), open(store)] as const;
    const { results } = await processes[0].add(say("counted"), alice);
    const id = results[0]?.id ?? "";
    const each = 5;
    await Promise.all(
      processes.map(async (memory, own) => {
        for (let count = 0; count < each; count++) {
          await memory.update(id, { metadata: { [`by${own}`]: count } }, alice);
          await memory.add(say(`message ${own} ${count}`), alice);
        }
      }),
    );
    expect(await processes[0].history(id, alice)).toHaveLength(1 + 3 * each);
    expect((await processes[1].list({ ...alice, limit: 100 })).memories).toHaveLength(1 + 3 * each);
  });

  it("import one new organization at once, and lose nothing that was acknowledged", async () => {
    const source = open(inMemory());
    await source.add(["one", "two", "three"], alice);
    const dump = new Uint8Array(await new Response(await source.organization("acme").export()).arrayBuffer());
    const other = open(inMemory());
    await other.add(["four"], alice);
    const second = new Uint8Array(
      await new Response(await other.organization("acme").export()).arrayBuffer(),
    );
    const store = make();
    const processes = [open(store), open(store)] as const;
    const done = await Promise.allSettled(
      [dump, second].map((bytes, at) =>
        (processes[at] as Memory).organization("acme").import(new Blob([bytes as never]).stream()),
      ),
    );
    const [won] = done.flatMap(({ status }, at) => (status === "fulfilled" ? [at] : []));
    expect(done.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
    for (const one of done)
      if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "ORGANIZATION_BUSY" });
    await processes[0].add("five", alice);
    const texts = (await processes[1].list(alice)).memories.map(({ text }) => text);
    const all = done.every(({ status }) => status === "fulfilled");
    const expected = all ? ["one", "two", "three", "four"] : won === 0 ? ["one", "two", "three"] : ["four"];
    expect(texts.sort()).toEqual([...expected, "five"].sort());
  });

  it("give each life of an organization keys of its own", async () => {
    const store = make();
    const masters = fakeMasterKeys();
    const keys = defineKeyProvider("masters", masters);
    const [first, second] = [open(store, { keys }), open(store, { keys })];
    await first.add("a zebra", alice);
    await first.organization("acme").offboard();
    await second.organization("acme").onboard();
    await second.add("a boat", alice);
    // The offboarding is repeated by a process that has not heard of what came after it.
    await masters.destroy({ deployment: "default", orgId: "acme", generation: 1 }, {});
    expect((await first.list(alice)).memories.map(({ text }) => text)).toEqual(["a boat"]);
    await first.organization("acme").offboard();
    expect([...masters.kept.keys()]).toEqual([]);
    await second.organization("acme").onboard();
    await second.add("a horse", alice);
    expect((await first.list(alice)).memories.map(({ text }) => text)).toEqual(["a horse"]);
  });

  it("end a cancellation that has failed half-way", async () => {
    const [here, elsewhere] = [make(), inMemory()];
    let fails = true;
    const there: VectorStore = {
      ...elsewhere,
      drop: (request) => (fails ? Promise.reject(new Error("unreachable")) : elsewhere.drop(request)),
    };
    const cells = { here: { store: here, ceiling: 1 }, there: { store: there } };
    const memories = () => new Memory({ cells, registry: here, embedder: fakeLetterEmbedder() });
    const first = memories();
    await first.add(["a zebra", "a boat"], alice);
    const [place] = await first.organization("acme").namespaces();
    const cell = place?.cell === "here" ? "there" : "here";
    const stopped = new AbortController();
    const onProgress = () => stopped.abort();
    await expect(
      first.organization("acme").move({ to: { cell }, signal: stopped.signal, onProgress }),
    ).rejects.toThrow();
    fails = cell === "there";
    const failed = await first
      .organization("acme")
      .cancelMigration()
      .then(
        () => false,
        () => true,
      );
    expect(failed).toBe(fails);
    fails = false;
    await memories().organization("acme").cancelMigration();
    const listed = await first.organization("acme").namespaces();
    expect(listed.filter(({ removedAt }) => removedAt === null)).toMatchObject([
      { namespace: place?.namespace },
    ]);
    const receipt = await memories().scope(alice).forget();
    expect(receipt.memories).toBe(2);
    // The list keeps when a namespace was written down, and when it was first seen to be gone.
    const again = await first.organization("acme").namespaces();
    for (const { namespace, listedAt, removedAt } of listed)
      expect(again).toContainEqual(expect.objectContaining({ namespace, listedAt, removedAt }));
    for (const { listedAt, removedAt } of again)
      if (removedAt) expect(listedAt.getTime()).toBeLessThanOrEqual(removedAt.getTime());
  });
});

it("is never read in clear once it has a key, whatever its manifest says", async () => {
  const store = inMemory();
  const keys = defineKeyProvider("masters", fakeMasterKeys());
  const memory = new Memory({ store, keys });
  await memory.add("a zebra", alice);
  const tampered: VectorStore = {
    ...store,
    async open(request) {
      const namespace = await store.open(request);
      const { key: _, ...manifest } = namespace.manifest;
      return { ...namespace, manifest };
    },
  };
  const reader = new Memory({ store: tampered, keys });
  for (const call of [() => reader.list(alice), () => reader.add("planted", alice)])
    await expect(call()).rejects.toMatchObject({ code: "KEY_ERROR" });
});
