import { describe, expect, it } from "vitest";
import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { UnsupportedError } from "../errors/unsupported-error.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { defineStore } from "./define-store.ts";
import type { Manifest } from "./manifest.ts";
import { namespaceKey } from "./namespace-key.ts";
import { type RecordTest, scanDialect } from "./scan-dialect.ts";
import type { NamespaceDriver, StoreDriver, WriteOutcome } from "./store-driver.ts";
import type { Namespace, StoredRecord, VectorRecord } from "./vector-store.ts";
import { identityOf } from "./write-records.ts";

const identity = { kind: "organization", deployment: "default", orgId: "acme", generation: 1 } as const;
const key = namespaceKey(identity);
const embedder = { id: "test", dimensions: 2 };
const manifest: Manifest = { ...identity, scheme: 1, embedder, createdAt: 0 };
const everything = scopeFilter({}, "within");

function recordOf(id: string, own: Partial<VectorRecord> = {}): VectorRecord {
  return {
    id,
    namespace: key,
    scopeKey: { user: "", agent: "", run: "" },
    fields: { $createdAt: 1, $validFrom: 1, $validTo: 9, $expiresAt: 9 },
    payload: id,
    keywords: { own: [], before: [], after: [] },
    ...own,
  };
}

class BackendError extends Error {
  readonly kind: "missing" | "exists" | "unavailable" | "full" | "too-large" | "closed" | "failed";
  constructor(kind: BackendError["kind"]) {
    super(`it is ${kind}`);
    this.kind = kind;
  }
}

/** A backend of records in a list, which notes what it is asked and may be told to fail. */
function backend(changes: Partial<StoreDriver<RecordTest>> & { fails?: (call: string) => void } = {}) {
  const { fails = () => {}, ...own } = changes;
  const asked: string[] = [];
  const written: (readonly string[])[] = [];
  let versions = 0;
  let records: (VectorRecord & StoredRecord)[] = [];
  const versionOf = (one: Pick<VectorRecord, "id" | "scopeKey">) =>
    records.find((record) => identityOf(record) === identityOf(one))?.version;
  const note = (call: string) => {
    asked.push(call);
    fails(call);
  };
  const namespace: NamespaceDriver<RecordTest> = {
    manifest,
    async write(request) {
      note("write");
      written.push(request.records.map(({ id }) => id));
      return request.records.map((record): WriteOutcome => {
        const { expected } = record;
        const version = versionOf(record);
        if (expected && version !== (expected === "absent" ? undefined : expected.version)) return "conflict";
        records = records.filter((other) => identityOf(other) !== identityOf(record));
        records.push({ ...record, version: String(++versions) });
        return undefined;
      });
    },
    async search() {
      note("search");
      return [];
    },
    async searchText() {
      note("searchText");
      return [];
    },
    async get({ where }) {
      note("get");
      return records.filter(where);
    },
    async list({ where, limit, after }) {
      note(`list ${limit}`);
      const following = records.filter(where).filter(({ id }) => !after || id > after.tie);
      return following.slice(0, limit).map((record) => ({ record, tie: record.id }));
    },
    async delete({ where }) {
      note("delete");
      const before = records.length;
      records = records.filter((record) => !where(record));
      return before - records.length;
    },
    async deleteVersions(request) {
      note(`delete ${request.records.length} versions`);
      const doomed = request.records.filter((one) => versionOf(one) === one.version).map(identityOf);
      records = records.filter((record) => !doomed.includes(identityOf(record)));
      return doomed.length;
    },
    async count({ where }) {
      note("count");
      return records.filter(where).length;
    },
  };
  const driver: StoreDriver<RecordTest> = {
    name: "toy",
    capabilities: {
      isolation: "physical",
      keyword: true,
      scoreIsolation: "scope",
      erasure: "physical",
      readYourWrites: true,
    },
    limits: { records: 3 },
    dialect: scanDialect,
    classify: (error) =>
      error instanceof BackendError ? { kind: error.kind, message: error.message } : undefined,
    find: async () => namespace,
    create: async () => note("create"),
    drop: async () => {
      note("drop");
      return { dropped: true, residue: [] };
    },
    leftovers: async () => ["a list"],
    close: async () => note("close"),
    ...own,
  };
  return { store: defineStore(driver), namespace, asked, written };
}

const failing = (kind: BackendError["kind"], at: string) => (call: string) => {
  if (call === at) throw new BackendError(kind);
};

describe("opening", () => {
  /** A backend without namespaces, on which another process does what `rival` does while this one creates. */
  const empty = (rival: (turn: number) => "exists" | "lost" | "fine") => {
    const state = { there: false, creations: 0 };
    const { namespace } = backend();
    const { store } = backend({
      find: async () => (state.there ? namespace : undefined),
      create: async () => {
        state.creations += 1;
        const outcome = rival(state.creations);
        state.there = outcome !== "lost";
        if (outcome !== "fine") throw new BackendError("exists");
      },
    });
    return { store, state };
  };

  it("does not create unless asked, and creates once", async () => {
    const { store, state } = empty(() => "fine");
    await expect(store.open({ key })).rejects.toMatchObject({ code: "NAMESPACE_NOT_FOUND", namespace: key });
    expect(state.creations).toBe(0);
    expect((await store.open({ key, create: manifest })).manifest).toBe(manifest);
    await store.open({ key, create: manifest });
    expect(state.creations).toBe(1);
  });

  it("takes the winner's where another was faster, and tries again where that one is gone again", async () => {
    const faster = empty(() => "exists");
    expect((await faster.store.open({ key, create: manifest })).manifest).toBe(manifest);
    const gone = empty((turn) => (turn < 3 ? "lost" : "fine"));
    expect((await gone.store.open({ key, create: manifest })).manifest).toBe(manifest);
    expect(gone.state.creations).toBe(3);
    const noExpiry = empty(() => "lost");
    await expect(noExpiry.store.open({ key, create: manifest })).rejects.toMatchObject({
      code: "NAMESPACE_NOT_FOUND",
    });
  });

  it("refuses what is no key, before anything is asked", async () => {
    const { store, asked } = backend();
    const calls = [store.open, store.drop, store.leftovers].map((call) => call?.({ key: "../x" as never }));
    for (const call of calls) await expect(call).rejects.toThrow(TypeError);
    expect(asked).toEqual([]);
  });

  it("takes `missing` for an answer where something is looked for or dropped", async () => {
    const missing = async () => {
      throw new BackendError("missing");
    };
    const { store } = backend({ find: missing, drop: missing, leftovers: missing });
    await expect(store.open({ key })).rejects.toMatchObject({ code: "NAMESPACE_NOT_FOUND" });
    expect(await store.drop({ key })).toEqual({ dropped: false, residue: [] });
    expect(await store.leftovers?.({ key })).toEqual([]);
    const own = backend({
      find: async () => {
        throw new NamespaceNotFoundError("gone", { namespace: key });
      },
    });
    await expect(own.store.open({ key })).rejects.toMatchObject({ code: "NAMESPACE_NOT_FOUND" });
  });
});

describe("writing", () => {
  it("writes each record once, the last of its kind, in batches by count", async () => {
    const { store, written } = backend();
    const namespace = await store.open({ key });
    const other = { user: "bob", agent: "", run: "" };
    await namespace.upsert({
      records: [
        recordOf("a", { payload: "old" }),
        recordOf("b"),
        recordOf("a", { scopeKey: other }),
        recordOf("c"),
        recordOf("a", { payload: "new" }),
      ],
    });
    expect(written).toEqual([["a", "b", "a"], ["c"]]);
    const found = await namespace.get({ ids: ["a"], scope: scopeFilter({}, "within") });
    expect(found.map(({ payload }) => payload)).toEqual(["new", "a"]);
  });

  it("splits by bytes, and by halves where that was not enough", async () => {
    const big = (id: string) => recordOf(id, { payload: "é".repeat(2000) });
    const bytes = backend({ limits: { records: 100, bytes: 10_000 } });
    await (await bytes.store.open({ key })).upsert({ records: ["a", "b", "c", "d"].map(big) });
    expect(bytes.written).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    const { namespace, written, ...halves } = backend({ limits: { records: 100 } });
    const { write } = namespace;
    namespace.write = async (request) => {
      if (request.records.length > 2) throw new BackendError("too-large");
      return write(request);
    };
    await (await halves.store.open({ key })).upsert({ records: ["a", "b", "c", "d", "e"].map(big) });
    expect(written).toEqual([["a", "b"], ["c"], ["d", "e"]]);
  });

  it("says which were stored, and why the rest was not", async () => {
    let writes = 0;
    const cut = backend({
      fails: (call) => {
        if (call === "write" && ++writes === 2) throw new BackendError("unavailable");
      },
    });
    const records = ["a", "b", "c", "d", "e", "a"].map((id) => recordOf(id));
    await expect((await cut.store.open({ key })).upsert({ records })).rejects.toMatchObject({
      code: "PARTIAL_WRITE",
      stored: ["a", "b", "c", "a"],
      failed: ["d", "e"],
      retryable: true,
      cause: { code: "STORE_FAILURE" },
    });
    const { namespace, store } = backend();
    const outcomes: WriteOutcome[] = [undefined, { error: new BackendError("full") }, undefined];
    namespace.write = async () => outcomes;
    await expect((await store.open({ key })).upsert({ records: records.slice(0, 3) })).rejects.toMatchObject({
      stored: ["a", "c"],
      failed: ["b"],
      cause: { code: "STORAGE_FULL" },
    });
    namespace.write = async () => records.slice(0, 3).map(() => ({ error: new BackendError("missing") }));
    await expect((await store.open({ key })).upsert({ records: records.slice(0, 3) })).rejects.toMatchObject({
      code: "NAMESPACE_NOT_FOUND",
    });
  });
});

describe("conditional writes", () => {
  const versionsIn = async (namespace: Namespace) =>
    new Map(
      (await namespace.list({ scope: everything, limit: 100 })).records.map((one) => [one.id, one.version]),
    );

  it("answers the conflicts of all batches in the order of the records, and writes the others", async () => {
    const { store, written } = backend();
    const namespace = await store.open({ key });
    expect(await namespace.upsert({ records: ["a", "b", "c", "d"].map((id) => recordOf(id)) })).toEqual([]);
    const versions = await versionsIn(namespace);
    const at = (id: string) => ({ version: versions.get(id) as string });
    await namespace.upsert({ records: [recordOf("d")] });
    const records = [
      recordOf("a", { payload: "new", expected: "absent" }),
      recordOf("b", { payload: "new", expected: at("b") }),
      recordOf("e", { payload: "new", expected: "absent" }),
      recordOf("c", { payload: "new" }),
      recordOf("d", { payload: "new", expected: at("d") }),
      recordOf("f", { payload: "new", expected: at("a") }),
    ];
    written.length = 0;
    expect(await namespace.upsert({ records })).toEqual([records[0], records[4], records[5]]);
    expect(written).toEqual([
      ["a", "b", "e"],
      ["c", "d", "f"],
    ]);
    const found = await namespace.get({ ids: ["a", "b", "c", "d", "e", "f"], scope: everything });
    expect(Object.fromEntries(found.map(({ id, payload }) => [id, payload]))).toEqual({
      ...{ a: "a", d: "d" },
      ...{ b: "new", c: "new", e: "new" },
    });
  });

  it("keeps the expectation of the last of several that are one record", async () => {
    const { store, written } = backend();
    const namespace = await store.open({ key });
    await namespace.upsert({ records: [recordOf("a")] });
    const last = recordOf("a", { payload: "last", expected: "absent" });
    expect(await namespace.upsert({ records: [recordOf("a", { payload: "first" }), last] })).toEqual([last]);
    expect(written).toEqual([["a"], ["a"]]);
  });

  it("counts a conflict as neither stored nor the reason of a failure beside it", async () => {
    const { store, namespace } = backend();
    const open = await store.open({ key });
    const records = ["a", "b", "c"].map((id) => recordOf(id, { expected: "absent" }));
    namespace.write = async () => [undefined, "conflict", { error: new BackendError("full") }];
    await expect(open.upsert({ records })).rejects.toMatchObject({
      code: "PARTIAL_WRITE",
      stored: ["a"],
      failed: ["b", "c"],
      cause: { code: "STORAGE_FULL" },
    });
    namespace.write = async () => ["conflict", "conflict", { error: new BackendError("full") }];
    await expect(open.upsert({ records })).rejects.toMatchObject({ code: "STORAGE_FULL" });
    namespace.write = async () => ["conflict", "conflict", "conflict"];
    expect(await open.upsert({ records })).toEqual(records);
  });

  it("writes in halves what is too large, and answers the conflicts of each half", async () => {
    const { store, namespace } = backend({ limits: { records: 100 } });
    const { write } = namespace;
    namespace.write = async (request) => {
      if (request.records.length > 2) throw new BackendError("too-large");
      return write(request);
    };
    const open = await store.open({ key });
    await open.upsert({ records: [recordOf("a"), recordOf("e")] });
    const records = ["a", "b", "c", "d", "e"].map((id) => recordOf(id, { expected: "absent" }));
    expect(await open.upsert({ records })).toEqual([records[0], records[4]]);
    expect(await open.count({ scope: everything })).toBe(5);
  });

  it("asks for each version once, and for several versions of one record one after the other", async () => {
    const { store, asked } = backend();
    const namespace = await store.open({ key });
    const versions: StoredRecord[] = [];
    for (let round = 0; round < 2; round++) {
      await namespace.upsert({ records: [recordOf("a"), recordOf("b")] });
      versions.push(...(await namespace.list({ scope: everything, limit: 100 })).records);
    }
    asked.length = 0;
    const repeated = [...versions.toReversed(), ...versions];
    expect(await namespace.delete({ versions: repeated, scope: everything })).toBe(2);
    expect(asked).toEqual(["delete 2 versions", "delete 2 versions"]);
  });

  it("deletes by version in parts, what is inside the scope alone, and an empty list not at all", async () => {
    const { store, asked } = backend();
    const namespace = await store.open({ key });
    const bob = { user: "bob", agent: "", run: "" };
    const ids = ["a", "b", "c", "d"];
    await namespace.upsert({ records: [...ids.map((id) => recordOf(id)), recordOf("a", { scopeKey: bob })] });
    const { records: versions } = await namespace.list({ scope: everything, limit: 100 });
    await namespace.upsert({ records: [recordOf("b")] });
    asked.length = 0;
    const shared = scopeFilter({}, "own");
    expect(await namespace.delete({ versions, scope: shared })).toBe(3);
    expect(asked).toEqual(["delete 3 versions", "delete 1 versions"]);
    const { records: left } = await namespace.list({ scope: everything, limit: 100 });
    expect(left.map(({ id, scopeKey }) => `${id} ${scopeKey.user}`).sort()).toEqual(["a bob", "b "]);
    asked.length = 0;
    expect(await namespace.delete({ versions, scope: shared })).toBe(0);
    expect(await namespace.delete({ versions: [], scope: shared })).toBe(0);
    expect(await namespace.delete({ versions: left.filter(({ id }) => id === "a"), scope: shared })).toBe(0);
    expect(asked).toEqual(["delete 3 versions", "delete 1 versions"]);
  });
});

describe("reading and deleting", () => {
  it("asks for long lists of ids in parts, without repetitions, and for empty ones not at all", async () => {
    const { store, asked } = backend();
    const namespace = await store.open({ key });
    const ids = ["a", "b", "c", "d", "a"];
    await namespace.upsert({ records: ids.map((id) => recordOf(id)) });
    const scope = everything;
    expect((await namespace.get({ ids, scope })).map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
    expect(await namespace.delete({ ids, scope })).toBe(4);
    expect(asked).toEqual(["write", "write", "get", "get", "delete", "delete"]);
    expect(await namespace.get({ ids: [], scope })).toEqual([]);
    expect(await namespace.delete({ ids: [], scope })).toBe(0);
    await namespace.upsert({ records: [] });
    const weights = { own: 1, before: 1, after: 1 };
    expect(await namespace.searchText?.({ terms: [], weights, scope, limit: 1 })).toEqual([]);
    expect(await namespace.search({ vector: Float32Array.of(1, 0, 0), scope, limit: 1 })).toEqual([]);
    expect(asked).toHaveLength(6);
  });

  it("refuses every call without a scope filter of core's, also where there is nothing to ask", async () => {
    const { store, asked } = backend();
    const namespace = await store.open({ key });
    const scope = { user: "any", agent: "any", run: "any" } as never;
    const vector = Float32Array.of(1, 0);
    for (const call of [
      namespace.get({ ids: [], scope }),
      namespace.get({ ids: ["a"], scope }),
      namespace.delete({ ids: [], scope }),
      namespace.delete({ scope }),
      namespace.delete({ versions: [], scope }),
      namespace.delete({ versions: [{ ...recordOf("a"), version: "1" }], scope }),
      namespace.count({ scope }),
      namespace.list({ scope, limit: 1 }),
      namespace.search({ scope, vector, limit: 1 }),
      namespace.search({ scope, vector: Float32Array.of(1), limit: 1 }),
      namespace.searchText?.({ scope, terms: ["x"], weights: { own: 1, before: 1, after: 1 }, limit: 1 }),
    ])
      await expect(call).rejects.toThrow(TypeError);
    expect(asked).toEqual([]);
  });

  it("makes pages, and takes no cursor but its own", async () => {
    const { store, asked } = backend();
    const namespace = await store.open({ key });
    await namespace.upsert({ records: ["a", "b", "c"].map((id) => recordOf(id)) });
    const query = { scope: everything, limit: 2 };
    const first = await namespace.list(query);
    const second = await namespace.list({ ...query, cursor: first.cursor as string });
    expect([first, second].map(({ records }) => records.map(({ id }) => id))).toEqual([["a", "b"], ["c"]]);
    expect(second.cursor).toBeUndefined();
    expect((await namespace.list({ ...query, limit: 3 })).cursor).toBeUndefined();
    const rival = await store.open({ key: namespaceKey({ ...identity, orgId: "rival" }) });
    const calls = asked.length;
    for (const cursor of ["", "broken", "[1,2]", `${first.cursor}x`, first.cursor?.slice(1) as string])
      await expect(namespace.list({ ...query, cursor })).rejects.toMatchObject({ code: "INVALID_CURSOR" });
    await expect(rival.list({ ...query, cursor: first.cursor as string })).rejects.toMatchObject({
      code: "INVALID_CURSOR",
    });
    expect(asked).toHaveLength(calls);
  });
});

describe("failures", () => {
  it.each([
    ["missing", "NAMESPACE_NOT_FOUND", false],
    ["unavailable", "STORE_FAILURE", true],
    ["exists", "STORE_FAILURE", false],
    ["full", "STORAGE_FULL", true],
    ["closed", "CLOSED", false],
    ["failed", "STORE_FAILURE", false],
  ] as const)("%s is %s", async (kind, code, retryable) => {
    const { store } = backend({ fails: failing(kind, "count") });
    await expect((await store.open({ key })).count({ scope: everything })).rejects.toMatchObject({
      code,
      retryable,
      message: `it is ${kind}`,
      cause: { kind },
    });
  });

  it("is an error of the adapter's own where it has a class for it", async () => {
    const own = new UnsupportedError("not of this version");
    const { store, namespace } = backend({ classify: () => own });
    const open = await store.open({ key });
    namespace.write = () => Promise.reject(new BackendError("failed"));
    await expect(open.upsert({ records: [recordOf("a"), recordOf("b")] })).rejects.toBe(own);
    namespace.count = () => Promise.reject(new BackendError("failed"));
    await expect(open.count({ scope: everything })).rejects.toBe(own);
  });

  it("takes a timeout for a store that does not answer, and a mistake for what it is", async () => {
    const { store, namespace } = backend();
    const open = await store.open({ key });
    namespace.count = async () => {
      throw new DOMException("late", "TimeoutError");
    };
    await expect(open.count({ scope: everything })).rejects.toMatchObject({
      code: "STORE_FAILURE",
      retryable: true,
    });
    const mistake = new RangeError("a mistake of the driver's");
    namespace.count = () => Promise.reject(mistake);
    await expect(open.count({ scope: everything })).rejects.toBe(mistake);
  });
});

describe("an abort", () => {
  it("is seen before anything is asked", async () => {
    const { store, asked } = backend();
    const namespace = await store.open({ key });
    const signal = AbortSignal.abort(new Error("no more"));
    const scope = everything;
    for (const call of [
      store.open({ key, signal }),
      store.drop({ key, signal }),
      store.leftovers?.({ key, signal }),
      namespace.upsert({ records: [], signal }),
      namespace.get({ ids: [], scope, signal }),
      namespace.delete({ ids: ["a"], scope, signal }),
      namespace.delete({ versions: [{ ...recordOf("a"), version: "1" }], scope, signal }),
      namespace.count({ scope, signal }),
    ])
      await expect(call).rejects.toThrow("no more");
    expect(asked).toEqual([]);
  });

  it("is the reason of whatever follows from it, stops a long list, and leaves no listener behind", async () => {
    const { store, namespace, written } = backend();
    const open = await store.open({ key });
    const controller = new AbortController();
    const { write } = namespace;
    namespace.write = async (request) => {
      await write(request);
      controller.abort(new Error("no more"));
      if (request.signal.aborted) throw new BackendError("unavailable");
      return [];
    };
    const records = ["a", "b", "c", "d"].map((id) => recordOf(id));
    await expect(open.upsert({ records, signal: controller.signal })).rejects.toThrow("no more");
    expect(written).toEqual([["a", "b", "c"]]);
    const late = new AbortController();
    let given: AbortSignal | undefined;
    namespace.count = async ({ signal }) => {
      given = signal;
      return 0;
    };
    await open.count({ scope: everything, signal: late.signal });
    late.abort();
    expect(given?.aborted).toBe(false);
  });
});

describe("closing", () => {
  it("waits for what runs, releases once, and lets nothing begin", async () => {
    const { store, namespace, asked } = backend();
    const open = await store.open({ key });
    const { promise, resolve } = Promise.withResolvers<number>();
    namespace.count = () => promise;
    const counting = open.count({ scope: everything });
    const closing = [store.close(), store.close()];
    await expect(open.count({ scope: everything })).rejects.toMatchObject({ code: "CLOSED" });
    await expect(store.open({ key })).rejects.toThrow(/Make another store/);
    expect(asked).toEqual([]);
    resolve(3);
    expect(await counting).toBe(3);
    await Promise.all(closing);
    await store.close();
    expect(asked).toEqual(["close"]);
  });
});
