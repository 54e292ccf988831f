import { Memory, PartialWriteError, StoreError, type VectorStore } from "@loci/core";
import { type Namespace, scopeFilter } from "@loci/core/store";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { allStores, findsWords } from "./stores.ts";

const acme = { orgId: "acme" };

/** A store whose namespaces of organizations behave differently. */
function altered(
  store: VectorStore,
  alter: (namespace: Namespace) => Partial<Namespace>,
  capabilities = {},
): VectorStore {
  return {
    specVersion: 1,
    name: `altered ${store.name}`,
    capabilities: { ...store.capabilities, ...capabilities },
    drop: (request) => store.drop(request),
    close: () => store.close(),
    async open(request) {
      const inner = await store.open(request);
      const whole: Namespace = {
        manifest: inner.manifest,
        upsert: (given) => inner.upsert(given),
        search: (query) => inner.search(query),
        searchText: async (query) => (await inner.searchText?.(query)) ?? [],
        get: (query) => inner.get(query),
        list: (query) => inner.list(query),
        delete: (given) => inner.delete(given),
        count: (query) => inner.count(query),
      };
      return inner.manifest.kind === "organization" ? { ...whole, ...alter(inner) } : whole;
    },
  };
}

describe.each(allStores.filter(findsWords))("failures on $name", { timeout: 300_000 }, ({ make }) => {
  it("says what was stored when the store fails half-way through a batch, and can be repeated", async () => {
    let broken = true;
    const store = altered(make(), (inner) => ({
      async upsert({ records, ...rest }: Parameters<Namespace["upsert"]>[0]) {
        const kept = broken ? records.slice(0, 3) : records;
        const conflicts = await inner.upsert({ records: kept, ...rest });
        if (!broken) return conflicts;
        const [stored, failed] = [kept, records.slice(3)].map((some) => some.map(({ id }) => id));
        const cause = new StoreError("the wire was cut", { store: "test" });
        throw new PartialWriteError(
          "3 of 8 records",
          { stored: stored ?? [], failed: failed ?? [] },
          { cause },
        );
      },
    }));
    const memory = new Memory({ store });
    const texts = Array.from({ length: 8 }, (_, index) => `text ${index}`);
    const error: unknown = await memory.add(texts, acme).catch((reason: unknown) => reason);
    expect(PartialWriteError.isInstance(error)).toBe(true);
    if (!PartialWriteError.isInstance(error)) return;
    expect([error.stored.length, error.failed.length]).toEqual([3, 5]);
    expect(error.cause).toMatchObject({ code: "STORE_FAILURE", message: "the wire was cut" });
    const stored = (await memory.list(acme)).memories;
    expect(stored.map(({ id }) => id).sort()).toEqual([...error.stored].sort());
    broken = false;
    const { results } = await memory.add(texts, acme);
    expect(results.map(({ status }) => status).filter((status) => status === "unchanged")).toHaveLength(3);
    expect((await memory.list(acme)).memories).toHaveLength(8);
  });

  it("throws a store's own failure, typed, when nothing was stored", async () => {
    const store = altered(make(), () => ({ upsert: () => Promise.reject(new Error("down")) }));
    const memory = new Memory({ store });
    await expect(memory.add("text", acme)).rejects.toMatchObject({ code: "STORE_FAILURE", message: /down/ });
  });

  it("stores nothing when the embedder answers with anything but one good vector a text", async () => {
    const good = fakeLetterEmbedder();
    const wrong: Record<string, (texts: readonly string[]) => unknown> = {
      "too few": async (texts) => (await good.embed(texts, { purpose: "document" })).slice(1),
      "too many": async (texts) => good.embed([...texts, "one more"], { purpose: "document" }),
      "no list": async () => "vectors",
      "plain arrays": async (texts) => texts.map(() => new Array(26).fill(0.2)),
      narrow: async (texts) => texts.map(() => new Float32Array(25).fill(0.2)),
      wide: async (texts) => texts.map(() => new Float32Array(27).fill(0.2)),
      NaN: async (texts) => texts.map(() => new Float32Array(26).fill(Number.NaN)),
      infinite: async (texts) => texts.map(() => new Float32Array(26).fill(Number.POSITIVE_INFINITY)),
      zeros: async (texts) => texts.map(() => new Float32Array(26)),
    };
    for (const [kind, embed] of Object.entries(wrong)) {
      const memory = new Memory({
        store: make(),
        embedder: fakeLetterEmbedder({ embed: embed as typeof good.embed }),
      });
      await expect(memory.add(["one", "two"], acme), kind).rejects.toMatchObject({
        code: "INVALID_EMBEDDING",
      });
      expect((await memory.list(acme)).memories, kind).toEqual([]);
      await expect(memory.search("one", acme), kind).rejects.toMatchObject({ code: "INVALID_EMBEDDING" });
    }
  });

  it("gives the embedder no more texts at once than it takes, and this scope's only", async () => {
    const seen: (readonly string[])[] = [];
    const good = fakeLetterEmbedder();
    const embedder = fakeLetterEmbedder({
      maxBatch: 4,
      embed: (texts, options) => {
        seen.push(texts);
        return good.embed(texts, options);
      },
    });
    const memory = new Memory({ store: make(), embedder });
    await memory.add({ role: "user", content: "canary of bob" }, { ...acme, userId: "bob" });
    seen.length = 0;
    await memory.add(
      Array.from({ length: 10 }, (_, index) => ({
        role: "user" as const,
        content: `text of alice ${index}`,
      })),
      { ...acme, userId: "alice" },
    );
    expect(seen.map(({ length }) => length)).toEqual([4, 4, 2]);
    expect(seen.flat().join()).not.toContain("canary of bob");
  });

  it("withholds what a leaking store returns, and says that it leaks", async () => {
    const everything = scopeFilter({}, "within");
    const leaks: Record<string, (inner: Namespace) => Partial<Namespace>> = {
      search: (inner) => ({ search: (query) => inner.search({ ...query, scope: everything }) }),
      searchText: (inner) => ({
        searchText: async (query) => (await inner.searchText?.({ ...query, scope: everything })) ?? [],
      }),
      get: (inner) => ({ get: (query) => inner.get({ ...query, scope: everything }) }),
      list: (inner) => ({ list: (query) => inner.list({ ...query, scope: everything }) }),
    };
    for (const [operation, leak] of Object.entries(leaks)) {
      const store = make();
      const embedder = fakeLetterEmbedder();
      const honest = new Memory({ store, embedder });
      const { results } = await honest.add("a secret of bob", { ...acme, userId: "bob" });
      const alice = new Memory({ store: altered(store, leak), embedder }).scope({ ...acme, userId: "alice" });
      const calls = {
        search: () => alice.search("secret"),
        searchText: () => alice.search("secret"),
        get: () => alice.get(results[0]?.id ?? ""),
        list: () => alice.list(),
      };
      await expect(calls[operation as keyof typeof calls](), operation).rejects.toMatchObject({
        code: "ISOLATION_BREACH",
        operation,
        message: expect.not.stringContaining("a secret of bob"),
      });
    }
    // A record of another namespace, however it came here.
    const store = make();
    const memory = new Memory({ store });
    await memory.add("a secret of rival", { orgId: "rival" });
    await memory.add("ours", acme);
    const mixed = altered(store, (inner) => ({
      async list(query) {
        const page = await inner.list(query);
        return {
          records: page.records.map((record) => ({
            ...record,
            namespace: `m1_${"a".repeat(52)}` as typeof record.namespace,
          })),
        };
      },
    }));
    await expect(new Memory({ store: mixed }).list(acme)).rejects.toMatchObject({
      code: "ISOLATION_BREACH",
    });
  });

  it("refuses a store that separates less than is demanded", () => {
    const store = altered(make(), () => ({}), { isolation: "filtered" });
    expect(() => new Memory({ store })).toThrow(expect.objectContaining({ code: "INSUFFICIENT_ISOLATION" }));
    expect(() => new Memory({ store, isolation: "routed" })).toThrow(
      expect.objectContaining({ code: "INSUFFICIENT_ISOLATION" }),
    );
    expect(() => new Memory({ store, isolation: "filtered" })).not.toThrow();
    const mute = altered(make(), () => ({}), { keyword: false });
    expect(() => new Memory({ store: mute })).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
    expect(() => new Memory({ store: mute, embedder: fakeLetterEmbedder() })).not.toThrow();
  });
});
