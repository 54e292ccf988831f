import {
  type Embedder,
  inMemory,
  Memory,
  type MemoryItem,
  type MemoryOptions,
  type MigrationProgress,
  type VectorStore,
} from "@loci/core";
import { type Namespace, scopeFilter } from "@loci/core/store";
import { sqlite } from "@loci/sqlite";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { allStores, temporaryFolder } from "./stores.ts";

const acme = { orgId: "acme" };
const alice = { orgId: "acme", userId: "alice" };
const rival = { orgId: "rival" };

/** Another model: wider vectors of the same letters. */
function fakeWideEmbedder(changes: Partial<Embedder> = {}): Embedder {
  const letters = fakeLetterEmbedder();
  return fakeLetterEmbedder(
    {
      id: "fake-wide-letters",
      embed: async (texts, options) =>
        (await letters.embed(texts, options)).map((vector) => Float32Array.from([...vector, 0])),
      ...changes,
    },
    { dimensions: 27 },
  );
}

function elsewhere(): VectorStore {
  const store = sqlite({ directory: temporaryFolder() });
  onTestFinished(() => store.close());
  return store;
}

async function fill(memory: Memory): Promise<void> {
  await memory.add(
    [
      { role: "user", content: "Where is the harbour?", timestamp: "2026-01-05" },
      { role: "assistant", content: "Behind the mill.", timestamp: "2026-01-05", metadata: { tag: "a" } },
    ],
    alice,
  );
  const { results } = await memory.add("I live in Paris", alice);
  await memory.update(results[0]?.id ?? "", { text: "I live in Rome" }, alice);
  await memory.add("The office is closed on Fridays", acme);
  await memory.add("a neighbour", rival);
}

const everything = async (memory: Memory, scope: { orgId: string } = acme): Promise<readonly MemoryItem[]> =>
  (await memory.list({ ...scope, levels: "within", limit: 1000 })).memories.toSorted((a, b) =>
    a.id < b.id ? -1 : 1,
  );
const found = async (memory: Memory, query: string) =>
  (await memory.search(query, { ...alice, limit: 3 })).map(({ text }) => text);

/** The store as a process sees it whose writes are long on their way: they take effect so many milliseconds later. */
function slowly(store: VectorStore, delay: number): VectorStore {
  const slow = (namespace: Namespace): Namespace => ({
    manifest: namespace.manifest,
    search: (query) => namespace.search(query),
    ...(namespace.searchText
      ? { searchText: async (query) => (await namespace.searchText?.(query)) ?? [] }
      : {}),
    get: (request) => namespace.get(request),
    list: (query) => namespace.list(query),
    count: (request) => namespace.count(request),
    async upsert(request) {
      await new Promise((resolve) => setTimeout(resolve, delay));
      await namespace.upsert(request);
    },
    async delete(request) {
      await new Promise((resolve) => setTimeout(resolve, delay));
      return namespace.delete(request);
    },
  });
  return {
    specVersion: 1,
    name: store.name,
    capabilities: store.capabilities,
    open: async (request) => slow(await store.open(request)),
    drop: (request) => store.drop(request),
    close: () => store.close(),
  };
}

/** What the stores under a memory are asked, by namespace. */
function tapped(store: VectorStore): { store: VectorStore; opened: Set<string> } {
  const opened = new Set<string>();
  return {
    opened,
    store: {
      ...store,
      specVersion: 1,
      name: store.name,
      capabilities: store.capabilities,
      open: (request) => {
        opened.add(request.key);
        return store.open(request);
      },
      drop: (request) => store.drop(request),
      close: () => store.close(),
    },
  };
}

describe.each(allStores)("an organization on $name", { timeout: 600_000 }, ({ make, name, share }) => {
  const embedder = name === "in-memory" ? null : fakeLetterEmbedder();

  it("moves to another backend and back, with everything", async () => {
    const here = make();
    const cells = { here: { store: here }, there: { store: elsewhere() } };
    const registry = inMemory();
    const memory = new Memory({ cells, registry, embedder });
    const other = new Memory({ cells, registry, embedder });
    await fill(memory);
    const before = await everything(memory);
    const searched = await found(memory, "harbour");
    const [first] = (await memory.organizations()).organizations.filter(({ orgId }) => orgId === "acme");
    const goes = first?.cell === "here" ? ["there", "here"] : ["here", "there"];
    const progress: MigrationProgress[] = [];
    for (const cell of goes) {
      await everything(other);
      const result = await memory
        .organization(acme.orgId)
        .move({ to: { cell }, onProgress: (said) => progress.push(said) });
      expect(result).toMatchObject({ cell, region: "default", memories: 4, copied: 4 });
      expect(result.receipt).toMatchObject({ kind: "move", orgId: "acme", memories: 4 });
      const left = cells[cell === "here" ? "there" : "here"].store;
      await expect(left.open({ key: result.receipt?.namespace as never })).rejects.toMatchObject({
        code: "NAMESPACE_NOT_FOUND",
      });
      for (const process of [memory, other]) {
        expect(await everything(process)).toEqual(before);
        expect(await found(process, "harbour")).toEqual(searched);
      }
      const { id } = before.find(({ text }) => text === "I live in Rome") as MemoryItem;
      expect((await memory.history(id, alice)).map(({ text }) => text)).toEqual([
        "I live in Paris",
        "I live in Rome",
      ]);
      expect((await memory.organizations()).organizations).toContainEqual(
        expect.objectContaining({ orgId: "acme", cell, state: "active" }),
      );
    }
    expect(new Set(progress.map(({ phase }) => phase))).toEqual(new Set(["copying", "switching", "purging"]));
    expect(await everything(memory, rival)).toHaveLength(1);
    // The same text is still the same memory.
    const again = await memory.add("The office is closed on Fridays", acme);
    expect(again.results[0]?.status).toBe("unchanged");
    await memory.organization(acme.orgId).offboard();
    await expect(everything(other)).rejects.toMatchObject({ code: "ORGANIZATION_GONE" });
  });

  it.each(["moves", "is re-embedded"])("loses no write of any process while it %s", async (how) => {
    const script = fc.array(
      fc.record({
        what: fc.constantFrom("add", "add", "update", "delete"),
        word: fc.constantFrom("ash", "birch", "cedar", "elm", "fir"),
        pause: fc.integer({ min: 0, max: 120 }),
      }),
      { minLength: 10, maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(fc.tuple(script, script, script), async (scripts) => {
        const stores = { here: make(), there: inMemory() };
        const registry = inMemory();
        const old = fakeLetterEmbedder();
        const models = { embedder: fakeWideEmbedder(), formerEmbedders: [old] };
        const process = (delay: number, embedders: Partial<MemoryOptions> = models) => {
          const [here, there] = [slowly(stores.here, delay), slowly(stores.there, delay)];
          return new Memory({
            cells: { here: { store: here }, there: { store: there } },
            registry,
            ...embedders,
          });
        };
        await process(0, { embedder: old }).add(["oak", "pine"], acme);
        // Within the time for which a process relies on the directory, and beyond it.
        const processes = [0, 350, 700].map((delay) => process(delay));
        const mover = process(0);
        const reader = process(0);
        const start = (await mover.organizations()).organizations[0]?.cell;
        let isOver = false;
        const writers = scripts.map(async (steps, index) => {
          const memory = processes[index] as Memory;
          const scope = { orgId: "acme", userId: `writer-${index}` };
          const texts = new Map<string, string>();
          for (let round = 0; !isOver; round++) {
            for (const { what, word, pause } of steps) {
              if (isOver) break;
              const [id] = [...texts].find(([, text]) => text.startsWith(word)) ?? [];
              if (what === "add" || id === undefined) {
                const text = `${word} ${round}`;
                const { results } = await memory.add(text, scope);
                texts.set(results[0]?.id ?? "", text);
              } else if (what === "update") {
                const text = `${word} changed ${round} ${pause}`;
                await memory.update(id, { text }, scope);
                texts.set(id, text);
              } else {
                await memory.delete(id, scope);
                texts.delete(id);
              }
              // Another process, which only reads, sees what was acknowledged, at once.
              const seen = await reader.list({ ...scope, levels: "own", limit: 1000 });
              expect(seen.memories.map(({ text }) => text).sort()).toEqual([...texts.values()].sort());
              await new Promise((resolve) => setTimeout(resolve, pause));
            }
          }
          return { scope, texts };
        });
        const cell = start === "here" ? "there" : "here";
        const migrated =
          how === "moves"
            ? mover.organization(acme.orgId).move({ to: { cell } })
            : mover.organization(acme.orgId).reembed();
        const watched = migrated.finally(async () => {
          // What is kept is not dropped: whoever still relied on it would not notice by itself.
          await new Promise((resolve) => setTimeout(resolve, how === "moves" ? 0 : 1000));
          isOver = true;
        });
        const polled = (async () => {
          for (; !isOver; await new Promise((resolve) => setTimeout(resolve, 20))) await everything(reader);
        })();
        const [result, ...done] = await Promise.all([watched, ...writers]);
        await polled;
        expect(result.cell).toBe(how === "moves" ? cell : start);
        for (const { scope, texts } of done) {
          const left = await mover.list({ ...scope, levels: "own", limit: 1000 });
          expect(new Map(left.memories.map(({ id, text }) => [id, text]))).toEqual(texts);
        }
      }),
      { numRuns: share < 1 ? 1 : 3, endOnFailure: true },
    );
  });

  it("is re-embedded, gone back to and confirmed, for every process at once", async () => {
    const old = fakeLetterEmbedder();
    const wide = fakeWideEmbedder();
    const store = make();
    const before = new Memory({ store, embedder: old });
    await fill(before);
    await expect(everything(new Memory({ store, embedder: wide }))).rejects.toMatchObject({
      code: "EMBEDDER_MISMATCH",
      message: expect.stringContaining("formerEmbedders"),
    });
    const both = { store, embedder: wide, formerEmbedders: [old] };
    const [memory, other] = [new Memory(both), new Memory(both)];
    const was = await everything(memory);
    expect(await memory.organization(acme.orgId).planReembedding()).toMatchObject({
      kind: "plan",
      memories: 4,
      tokens: expect.any(Number),
      from: { id: "fake-letters" },
      to: { id: "fake-wide-letters", dimensions: 27 },
    });
    await everything(other);
    expect(await memory.organization(acme.orgId).reembed()).toMatchObject({
      memories: 4,
      copied: 4,
      receipt: null,
    });
    expect(await memory.organization(acme.orgId).reembed()).toMatchObject({
      memories: 4,
      copied: 0,
      receipt: null,
    });
    const { results } = await other.add("The zebra boat leaves at nine", alice);
    expect(await found(memory, "zebra boat")).toContain("The zebra boat leaves at nine");
    // What is deleted is deleted in what is kept to go back to as well.
    const [doomed] = was.filter(({ text }) => text === "I live in Rome");
    await other.delete(doomed?.id ?? "", alice);
    await expect(memory.organization(acme.orgId).move({ to: { cell: "default" } })).rejects.toMatchObject({
      code: "ORGANIZATION_BUSY",
      message: expect.stringContaining("confirm()"),
    });
    const reverted = await memory.organization(acme.orgId).revert();
    expect(reverted.receipt).toMatchObject({ kind: "reembed", memories: 4 });
    const now = await everything(before);
    expect(now.map(({ text }) => text).sort()).toEqual(
      [
        ...was.filter(({ id }) => id !== doomed?.id).map(({ text }) => text),
        "The zebra boat leaves at nine",
      ].sort(),
    );
    expect(now.map(({ id }) => id)).toContain(results[0]?.id);
    expect(await found(before, "zebra boat")).toContain("The zebra boat leaves at nine");
    await expect(memory.organization(acme.orgId).confirm()).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await memory.organization(acme.orgId).reembed();
    const receipt = await memory.organization(acme.orgId).confirm();
    expect(receipt).toMatchObject({ kind: "reembed", orgId: "acme", memories: 4 });
    await expect(everything(before)).rejects.toMatchObject({ code: "EMBEDDER_MISMATCH" });
    expect(await everything(new Memory({ store, embedder: wide }))).toEqual(now);
    await expect(memory.organization(acme.orgId).revert()).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(await everything(other, rival)).toHaveLength(1);
  });

  it("forgets and ends in what is kept, too", async () => {
    const old = fakeLetterEmbedder();
    const tap = tapped(make());
    const memory = new Memory({ store: tap.store, embedder: fakeWideEmbedder(), formerEmbedders: [old] });
    const { results } = await memory.add(["one", "two", "three"], alice);
    await memory.add("shared", acme);
    tap.opened.clear();
    await memory.organization(acme.orgId).reembed({ embedder: old });
    const keys = [...tap.opened];
    const scope = scopeFilter({}, "within");
    const counts = async () => {
      const all = await Promise.all(
        keys.map((key) =>
          tap.store.open({ key: key as never }).then(
            async (namespace) => (await namespace.list({ scope, limit: 100 })).records.length,
            () => undefined,
          ),
        ),
      );
      return all.filter((count) => count !== undefined);
    };
    expect((await counts()).filter((count) => count === 4)).toHaveLength(2);
    await memory.delete(results[2]?.id ?? "", alice);
    // In what is kept, the one beside it goes as well, which has its words: it would be copied back.
    expect((await counts()).filter((count) => count === 4)).toHaveLength(0);
    expect((await counts()).filter((count) => count === 3)).toHaveLength(1);
    const receipt = await memory.scope(alice).forget();
    expect(receipt.memories).toBe(2);
    expect(receipt.checks.join()).toContain("before the re-embedding");
    expect((await counts()).filter((count) => count === 1)).toHaveLength(2);
    const goodbye = await memory.organization(acme.orgId).offboard();
    expect(goodbye.checks.filter((check) => check.includes("no longer be opened"))).toHaveLength(2);
    expect((await counts()).filter((count) => count === 1)).toHaveLength(0);
    await expect(memory.organization(acme.orgId).reembed()).rejects.toMatchObject({
      code: "ORGANIZATION_GONE",
    });
  });
});

describe("a migration", { timeout: 60_000 }, () => {
  const cells = () => ({ here: { store: inMemory() }, there: { store: inMemory() } });

  it("gives vectors to an organization that had none", async () => {
    const store = inMemory();
    const embedder = fakeWideEmbedder();
    await new Memory({ store, embedder: null }).add(["the harbour", "the mill"], alice);
    const memory = new Memory({ store, embedder, formerEmbedders: [null] });
    const [first] = await memory.search("harbour", { ...alice, explain: true });
    expect(first?.explanation).toHaveProperty("keyword");
    expect(first?.explanation).not.toHaveProperty("similarity");
    expect(await memory.organization(acme.orgId).planReembedding()).toMatchObject({
      memories: 2,
      from: null,
    });
    await memory.organization(acme.orgId).reembed();
    await memory.organization(acme.orgId).confirm();
    const [found] = await memory.search("harbour", { ...alice, explain: true });
    expect(found?.explanation).toHaveProperty("similarity");
  });

  it("is done by one at a time, and taken over from one that is silent", async () => {
    const shared = { cells: cells(), registry: inMemory(), embedder: null };
    const [memory, other] = [new Memory(shared), new Memory(shared)];
    await memory.add("one", acme);
    const to = { cell: (await memory.organizations()).organizations[0]?.cell === "here" ? "there" : "here" };
    const first = memory.organization(acme.orgId).move({ to });
    const refused = { code: "ORGANIZATION_BUSY", retryable: true };
    await expect(memory.organization(acme.orgId).move({ to })).rejects.toMatchObject(refused);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(other.organization(acme.orgId).move({ to })).rejects.toMatchObject(refused);
    const [second, overtaken] = await Promise.allSettled([
      other.organization(acme.orgId).move({ to, takeOver: true }),
      first,
    ]);
    expect(second.status).toBe("fulfilled");
    expect(overtaken).toMatchObject({
      status: "rejected",
      // Advice to offboard would delete the organization.
      reason: { code: "ORGANIZATION_BUSY", message: expect.not.stringContaining("offboard") },
    });
    expect(await everything(memory)).toHaveLength(1);
  });

  it("leaves everything as it is when it fails, is aborted or cancelled", async () => {
    let fails = true;
    const broken = fakeWideEmbedder({
      embed: async (texts, options) => {
        if (fails) throw new Error("no power");
        return fakeWideEmbedder().embed(texts, options);
      },
    });
    const store = inMemory();
    const old = fakeLetterEmbedder();
    await new Memory({ store, embedder: old }).add(["one", "two"], alice);
    const memory = new Memory({ store, embedder: broken, formerEmbedders: [old] });
    await expect(memory.organization(acme.orgId).reembed()).rejects.toThrow(/no power/);
    await memory.add("three", alice);
    await expect(memory.scope(alice).forget()).rejects.toMatchObject({ code: "ORGANIZATION_BUSY" });
    await memory.organization(acme.orgId).cancelMigration();
    await memory.scope(alice).forget();
    await memory.add("four", alice);
    const controller = new AbortController();
    fails = false;
    await expect(
      memory
        .organization(acme.orgId)
        .reembed({ signal: controller.signal, onProgress: () => controller.abort() }),
    ).rejects.toMatchObject({ name: "AbortError" });
    expect(await memory.organization(acme.orgId).reembed()).toMatchObject({ memories: 1 });
    expect((await everything(memory)).map(({ text }) => text)).toEqual(["four"]);
  });

  it("does not switch to a copy that is not what was copied", async () => {
    const lossy = inMemory();
    const there: VectorStore = {
      ...lossy,
      async open(request) {
        const namespace = await lossy.open(request);
        return {
          manifest: namespace.manifest,
          upsert: ({ records, ...options }) => namespace.upsert({ records: records.slice(1), ...options }),
          search: (query) => namespace.search(query),
          searchText: async (query) => (await namespace.searchText?.(query)) ?? [],
          get: (request) => namespace.get(request),
          list: (query) => namespace.list(query),
          delete: (request) => namespace.delete(request),
          count: (request) => namespace.count(request),
        };
      },
    };
    const here = { here: { store: inMemory() } };
    const shared = { registry: inMemory(), embedder: null };
    await new Memory({ cells: here, ...shared }).add(["one", "two", "three"], alice);
    const memory = new Memory({ cells: { ...here, there: { store: there } }, ...shared });
    await expect(memory.organization(acme.orgId).move({ to: { cell: "there" } })).rejects.toMatchObject({
      code: "STORE_FAILURE",
      message: expect.stringContaining("Nothing was switched"),
    });
    expect((await memory.organizations()).organizations[0]?.cell).toBe("here");
    expect(await everything(memory)).toHaveLength(3);
    await memory.add("four", alice);
  });

  it("begins again when it was begun for another embedder", async () => {
    const store = inMemory();
    const old = fakeLetterEmbedder();
    const [first, second] = [fakeWideEmbedder({ id: "fake-first" }), fakeWideEmbedder({ id: "fake-second" })];
    await new Memory({ store, embedder: old }).add(["one", "two"], alice);
    const memory = new Memory({ store, embedder: first, formerEmbedders: [old, second] });
    const controller = new AbortController();
    const stopAt = (phase: string) => (said: MigrationProgress) => {
      if (said.phase === phase) controller.abort();
    };
    const interrupted = memory.organization(acme.orgId).reembed({
      embedder: second,
      signal: controller.signal,
      onProgress: stopAt("switching"),
    });
    await expect(interrupted).rejects.toMatchObject({ name: "AbortError" });
    await memory.organization(acme.orgId).reembed({ embedder: first });
    await memory.organization(acme.orgId).confirm();
    expect(await everything(new Memory({ store, embedder: first }))).toHaveLength(2);
  });

  it("copies anew what was indexed beside a memory that has changed since", async () => {
    const source = inMemory();
    const shared = { registry: inMemory(), embedder: null };
    const before = new Memory({ cells: { here: { store: source } }, ...shared });
    await before.add(
      Array.from({ length: 300 }, (_, at) => ({ role: "user" as const, content: `word${at}` })),
      acme,
    );
    const { memories } = await before.list({ ...acme, limit: 1000 });
    const order = memories.map(({ text }) => Number(text.slice(4)));
    // On the first page of the copy one message, and on the second the one before it.
    const first = order.slice(0, 200).find((at) => at > 0 && order.indexOf(at - 1) >= 200) ?? 0;
    const changed = memories.find(({ text }) => text === `word${first - 1}`)?.id ?? "";
    let lists = 0;
    const pausing: VectorStore = {
      ...source,
      async open(request) {
        const namespace = await source.open(request);
        return {
          ...namespace,
          manifest: namespace.manifest,
          upsert: (request) => namespace.upsert(request),
          search: (query) => namespace.search(query),
          searchText: async (query) => (await namespace.searchText?.(query)) ?? [],
          get: (request) => namespace.get(request),
          delete: (request) => namespace.delete(request),
          count: (request) => namespace.count(request),
          async list(query) {
            lists += 1;
            if (lists === 2) await before.update(changed, { text: "retold" }, acme);
            return namespace.list(query);
          },
        };
      },
      drop: (request) => source.drop(request),
    };
    const cells = { here: { store: pausing }, there: { store: inMemory() } };
    const memory = new Memory({ cells, ...shared });
    await memory.organization(acme.orgId).move({ to: { cell: "there" } });
    const keywordsOf = async (query: string) =>
      (await memory.search(query, { ...acme, limit: 3, explain: true }))
        .filter(({ explanation }) => explanation?.keyword)
        .map(({ text }) => text);
    expect(await keywordsOf("retold")).toContain(`word${first}`);
    expect(await keywordsOf(`word${first - 1}`)).toEqual([]);
  });

  it("ends an export that it overtakes with an error, and never with half of it", async () => {
    const shared = { cells: cells(), registry: inMemory(), embedder: null };
    const memory = new Memory(shared);
    await memory.add(
      Array.from({ length: 450 }, (_, at) => `memory ${at}`),
      acme,
    );
    const reader = (await memory.organization(acme.orgId).export()).getReader();
    await reader.read();
    const to = { cell: (await memory.organizations()).organizations[0]?.cell === "here" ? "there" : "here" };
    await memory.organization(acme.orgId).move({ to });
    const drain = async () => {
      while (!(await reader.read()).done);
    };
    await expect(drain()).rejects.toMatchObject({ code: "ORGANIZATION_BUSY", retryable: true });
  });

  it("refuses what cannot be before anything is written", async () => {
    const memory = new Memory({ cells: cells(), registry: inMemory(), embedder: null });
    await memory.add("one", acme);
    const invalid = { code: "INVALID_INPUT" };
    await expect(memory.organization(acme.orgId).move({ to: { cell: "nowhere" } })).rejects.toMatchObject(
      invalid,
    );
    await expect(memory.organization(acme.orgId).move({ to: { region: "mars" } })).rejects.toMatchObject(
      invalid,
    );
    await expect(memory.organization(acme.orgId).move({ to: {} })).rejects.toMatchObject(invalid);
    await expect(memory.organization(acme.orgId).move({} as never)).rejects.toMatchObject(invalid);
    await expect(
      memory.organization(acme.orgId).reembed({ embedder: fakeWideEmbedder() }),
    ).rejects.toMatchObject(invalid);
    await expect(memory.organization(acme.orgId).rotateKey()).rejects.toMatchObject(invalid);
    await expect(memory.organization("nobody").move({ to: { cell: "here" } })).rejects.toMatchObject({
      code: "ORGANIZATION_NOT_FOUND",
    });
  });

  it("ends with the organization", async () => {
    const shared = { cells: cells(), registry: inMemory(), embedder: null };
    const [memory, other] = [new Memory(shared), new Memory(shared)];
    await memory.add("one", acme);
    const to = { cell: (await memory.organizations()).organizations[0]?.cell === "here" ? "there" : "here" };
    const moving = memory.organization(acme.orgId).move({ to });
    moving.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    const receipt = await other.organization(acme.orgId).offboard();
    expect(receipt.checks.filter((check) => check.includes("no longer be opened"))).toHaveLength(2);
    await expect(moving).rejects.toMatchObject({ code: "ORGANIZATION_GONE" });
    await memory.organization(acme.orgId).onboard();
    expect(await everything(other)).toEqual([]);
  });
});
