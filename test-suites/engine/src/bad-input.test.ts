import { inspect } from "node:util";
import {
  type InvalidCursorError,
  LociError,
  Memory,
  type MemoryScope,
  type Organization,
  type VectorStore,
} from "@loci/core";
import { describe, expect, it } from "vitest";
import { stores } from "./stores.ts";

/** A store whose every use is counted, so that a test can tell that nothing was asked of it. */
function counting(store: VectorStore): { readonly store: VectorStore; readonly uses: () => number } {
  let uses = 0;
  const counted = new Proxy(store, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== "function") return value;
      return (...parameters: unknown[]) => {
        uses += 1;
        return Reflect.apply(value, target, parameters);
      };
    },
  });
  return { store: counted, uses: () => uses };
}

type Call = (argument: Record<string, unknown>) => Promise<unknown>;

/** Calls methods of an object, untyped on purpose: this is what JavaScript callers and parsed JSON do. */
function loosely(target: object): (name: string, ...first: unknown[]) => Call {
  const methods = target as unknown as Record<string, (...parameters: unknown[]) => Promise<unknown>>;
  return (name, ...first) =>
    async (last) =>
      (methods[name] as (...parameters: unknown[]) => Promise<unknown>).call(target, ...first, last);
}

/** Every method with a valid first argument; the given object is its scope and options. */
function flatCalls(memory: Memory): Record<string, Call> {
  const call = loosely(memory);
  return {
    add: call("add", "a text"),
    search: call("search", "a query"),
    context: call("context", "a query"),
    get: call("get", "an-id"),
    list: call("list"),
    update: call("update", "an-id", { text: "new" }),
    delete: call("delete", "an-id"),
    deleteAll: call("deleteAll"),
    history: call("history", "an-id"),
    scope: call("scope"),
  };
}

/** The same for a handle of one scope; the given object is its options. */
function boundCalls(handle: MemoryScope): Record<string, Call> {
  const call = loosely(handle);
  return {
    add: call("add", "a text"),
    search: call("search", "a query"),
    context: call("context", "a query"),
    get: call("get", "an-id"),
    getMany: call("getMany", ["an-id"]),
    list: call("list"),
    update: call("update", "an-id", { text: "new" }),
    updateMany: call("updateMany", [{ id: "an-id", text: "new" }]),
    delete: call("delete", "an-id"),
    deleteMany: call("deleteMany", ["an-id"]),
    deleteAll: call("deleteAll"),
    history: call("history", "an-id"),
    export: call("export"),
    forget: call("forget"),
    planForget: call("planForget"),
    extractPending: call("extractPending"),
  };
}

/** The same for the handle of an organization. */
function organizationCalls(organization: Organization): Record<string, Call> {
  const call = loosely(organization);
  return {
    onboard: call("onboard"),
    offboard: call("offboard"),
    planOffboarding: call("planOffboarding"),
    export: call("export"),
    import: call("import", new Blob([]).stream()),
    move: call("move"),
    reembed: call("reembed"),
    planReembedding: call("planReembedding"),
    confirm: call("confirm"),
    revert: call("revert"),
    rotateKey: call("rotateKey"),
    cancelMigration: call("cancelMigration"),
  };
}

const badIdentifiers: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  empty: "",
  blank: "  ",
  "a tab": "\t",
  "a wildcard": "*",
  "a number": 1,
  "an array": ["acme"],
  "an object that turns into a string": { toString: () => "acme" },
  "a String object": new String("acme"),
  "a lone surrogate": "a\ud800",
  "not in NFC": "cafe\u0301",
  "a NUL": "a\0b",
  "a line break": "acme\n",
  "300 bytes": "a".repeat(300),
  "257 bytes in fewer characters": `${"é".repeat(128)}a`,
};

const badScopes: Record<string, unknown> = {
  "no scope": undefined,
  "a null scope": null,
  "a string as scope": "acme",
  "an array as scope": ["acme"],
  "a scope of a class": new (class Acme {
    orgId = "acme";
  })(),
  "a scope that inherits": Object.create({ orgId: "acme" }),
  "no organization": { userId: "alice" },
  "an unknown key": { orgId: "acme", user_id: "alice" },
  "a key of another case": { orgid: "acme" },
  "a symbol as key": { orgId: "acme", [Symbol("x")]: 1 },
};

async function codeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
  } catch (error) {
    return LociError.isInstance(error) ? error.code : `not a Loci error: ${String(error)}`;
  }
  return "no error";
}

describe.each(stores)("bad input on $name", { timeout: 300_000 }, ({ make }) => {
  function setUp() {
    const { store, uses } = counting(make());
    const memory = new Memory({ store });
    return { memory, uses, flat: flatCalls(memory), handle: memory.scope({ orgId: "acme" }) };
  }

  it("refuses every bad identifier on every method before any I/O", async () => {
    const { flat, uses } = setUp();
    for (const [method, call] of Object.entries(flat)) {
      for (const [kind, identifier] of Object.entries(badIdentifiers)) {
        for (const key of ["orgId", "userId", "agentId", "runId"]) {
          const scope = { orgId: "acme", [key]: identifier };
          expect(await codeOf(() => call(scope)), `${method} with ${key} ${kind}`).toBe("INVALID_SCOPE");
        }
      }
    }
    expect(uses()).toBe(0);
  });

  it("refuses every bad scope on every method before any I/O", async () => {
    const { flat, uses } = setUp();
    for (const [method, call] of Object.entries(flat)) {
      for (const [kind, scope] of Object.entries(badScopes)) {
        const code = await codeOf(() => call(scope as Record<string, unknown>));
        expect(code, `${method} with ${kind}`).toBe("INVALID_SCOPE");
      }
    }
    expect(uses()).toBe(0);
  });

  it("refuses every bad organization before any I/O", async () => {
    const { memory, uses } = setUp();
    const loose = memory.organization.bind(memory) as (orgId?: unknown) => unknown;
    for (const [kind, identifier] of [
      ...Object.entries(badIdentifiers),
      ["a scope", { orgId: "acme" }],
      ["nothing", undefined],
    ]) {
      expect(await codeOf(async () => loose(identifier)), kind as string).toBe("INVALID_SCOPE");
    }
    expect(uses()).toBe(0);
  });

  it("refuses scope keys and unknown options on an organization before any I/O", async () => {
    const { memory, uses } = setUp();
    for (const [method, call] of Object.entries(organizationCalls(memory.organization("acme")))) {
      expect(await codeOf(() => call({ orgId: "rival" })), method).toBe("INVALID_SCOPE");
      expect(await codeOf(() => call({ userId: "alice" })), method).toBe("INVALID_SCOPE");
      expect(await codeOf(() => call({ dryRun: true })), method).toBe("INVALID_INPUT");
    }
    expect(uses()).toBe(0);
  });

  it("refuses scope keys and unknown options on a bound handle before any I/O", async () => {
    const { handle, uses } = setUp();
    for (const [method, call] of Object.entries(boundCalls(handle))) {
      expect(await codeOf(() => call({ orgId: "rival" })), method).toBe("INVALID_SCOPE");
      expect(await codeOf(() => call({ userId: "bob" })), method).toBe("INVALID_SCOPE");
      expect(await codeOf(() => call({ limitt: 1 })), method).toBe("INVALID_INPUT");
      expect(await codeOf(() => call({ signal: "now" })), method).toBe("INVALID_INPUT");
    }
    expect(uses()).toBe(0);
  });

  const badCalls: readonly (readonly [code: string, method: string, ...parameters: unknown[]])[] = [
    // Texts.
    ...["", "   ", "a\ud800", "x".repeat(65_537), "é".repeat(32_769), 7, null].flatMap((text) => [
      ["INVALID_INPUT", "add", text] as const,
      ["INVALID_INPUT", "add", [text]] as const,
      ["INVALID_INPUT", "add", { role: "user", content: text }] as const,
      ["INVALID_INPUT", "search", text] as const,
      ["INVALID_INPUT", "update", "an-id", { text }] as const,
    ]),
    ["INVALID_INPUT", "add", []],
    ["INVALID_INPUT", "add", { content: "no role" }],
    ["INVALID_INPUT", "add", { role: "wizard", content: "hi" }],
    ["INVALID_INPUT", "add", { role: "user", content: "hi", tone: "odd" }],
    ["INVALID_INPUT", "add", { role: "user", content: "hi", timestamp: "yesterday" }],
    ["INVALID_INPUT", "add", { role: "user", content: [{ type: "text", text: "hi" }] }],
    // Metadata.
    ...[
      "text",
      [1],
      { when: new Date(0) },
      { f: () => 1 },
      { u: undefined },
      { n: Number.NaN },
      { i: Number.POSITIVE_INFINITY },
      { big: 1n },
      { s: "\ud800" },
      { "": 1 },
      { $system: 1 },
      JSON.parse('{"__proto__": 1}'),
      { constructor: 1 },
      { "a\0b": 1 },
      { " padded": 1 },
      { ["k".repeat(129)]: 1 },
      { [Symbol("s")]: 1 },
      { a: { b: { c: { d: { e: { f: { g: { h: { i: 1 } } } } } } } } },
      { large: "x".repeat(16_385) },
    ].flatMap((metadata) => [
      ["INVALID_METADATA", "add", "a text", { metadata }] as const,
      ["INVALID_METADATA", "add", { role: "user", content: "hi", metadata }] as const,
      ["INVALID_METADATA", "update", "an-id", { metadata }] as const,
    ]),
    // Limits.
    ...[0, -1, 1.5, Number.NaN, 1e9, "10", Number.POSITIVE_INFINITY].flatMap((limit) => [
      ["INVALID_INPUT", "search", "a query", { limit }] as const,
      ["INVALID_INPUT", "list", { limit }] as const,
    ]),
    // Filters.
    ...[
      null,
      undefined,
      "city = Berlin",
      [],
      {},
      { $and: [] },
      { $or: [] },
      { $or: [{}] },
      { $nor: [{ a: 1 }] },
      { $and: [{ a: 1 }], b: 2 },
      { $not: [] },
      { a: {} },
      { a: null },
      { a: undefined },
      { a: ["x"] },
      { a: { $in: [] } },
      { a: { $nin: [] } },
      { a: { $in: "x" } },
      { a: { $regex: ".*" } },
      { a: { eq: 1 } },
      { a: { $gt: "5" } },
      { a: { $gt: Number.NaN } },
      { a: { $exists: "yes" } },
      { a: { $eq: { $ne: null } } },
      { $validTo: { $gt: 0 } },
      { "": 1 },
      { a: "\ud800" },
      { $not: { $not: { $not: { $not: { $not: { $not: { $not: { $not: { a: 1 } } } } } } } } },
      { a: { $in: Array.from({ length: 1001 }, (_, index) => index) } },
    ].flatMap((filter) => [
      ["INVALID_FILTER", "search", "a query", { filter }] as const,
      ["INVALID_FILTER", "list", { filter }] as const,
    ]),
    // Other options.
    ["INVALID_INPUT", "search", "a query", { levels: "all" }],
    ["INVALID_INPUT", "search", "a query", { threshold: "high" }],
    ["INVALID_INPUT", "search", "a query", { explain: 1 }],
    ["INVALID_INPUT", "search", "a query", { asOf: "soon" }],
    ["INVALID_INPUT", "search", "a query", { asOf: new Date("x") }],
    ["INVALID_INPUT", "add", "a text", { expiresAt: "2001-01-01" }],
    ["INVALID_INPUT", "add", ["a", "b"], { supersedes: "an-id" }],
    ["INVALID_INPUT", "list", { cursor: 7 }],
    // Ids.
    ...["", 7, null, "a\0", "x".repeat(257)].flatMap((id) => [
      ["INVALID_INPUT", "get", id] as const,
      ["INVALID_INPUT", "getMany", [id]] as const,
      ["INVALID_INPUT", "delete", id] as const,
      ["INVALID_INPUT", "deleteMany", [id]] as const,
      ["INVALID_INPUT", "history", id] as const,
      ["INVALID_INPUT", "update", id, { text: "new" }] as const,
    ]),
    ["INVALID_INPUT", "get", ["an-id"]],
    ["INVALID_INPUT", "delete", ["an-id"]],
    ["INVALID_INPUT", "update", ["an-id"], { text: "new" }],
    ["INVALID_INPUT", "getMany", []],
    ["INVALID_INPUT", "getMany", "an-id"],
    ["INVALID_INPUT", "deleteMany", []],
    ["INVALID_INPUT", "deleteMany", "an-id"],
    ["INVALID_INPUT", "updateMany", []],
    ["INVALID_INPUT", "updateMany", { id: "an-id", text: "new" }],
    ["INVALID_INPUT", "updateMany", ["an-id"]],
    ["INVALID_INPUT", "updateMany", [{ text: "new" }]],
    ["INVALID_INPUT", "updateMany", [{ id: "an-id" }]],
    ["INVALID_INPUT", "update", "an-id", {}],
    ["INVALID_INPUT", "update", "an-id", { txt: "new" }],
    ["INVALID_INPUT", "update", "an-id", "new"],
  ];

  it("refuses every other bad input in both call forms before any I/O", async () => {
    const { memory, handle, uses } = setUp();
    for (const [code, method, ...parameters] of badCalls) {
      const what = `${method}(${parameters.map((parameter) => inspect(parameter).slice(0, 80)).join(", ")})`;
      const bound = (handle as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>)[method];
      expect(await codeOf(async () => bound?.call(handle, ...parameters)), `bound ${what}`).toBe(code);
      // The flat form takes the same options beside the scope, in its last parameter.
      if (method.endsWith("Many")) continue;
      const positions: Record<string, number> = { list: 0, update: 2 };
      const position = positions[method] ?? 1;
      const flatParameters = [...parameters];
      flatParameters[position] = { ...(parameters[position] as object), orgId: "acme" };
      const flat = (memory as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>)[method];
      expect(await codeOf(async () => flat?.call(memory, ...flatParameters)), `flat ${what}`).toBe(code);
    }
    expect(uses()).toBe(0);
  });

  it("refuses a cursor that is broken, foreign or stale", async () => {
    const memory = new Memory({ store: make() });
    for (const orgId of ["acme", "rival"]) await memory.add(["one", "two", "three"], { orgId });
    const { cursor = "" } = await memory.list({ orgId: "acme", limit: 1 });
    expect(cursor).not.toBe("");
    const refused = async (call: Promise<unknown>) =>
      expect(call).rejects.toMatchObject({ code: "INVALID_CURSOR" } satisfies Partial<InvalidCursorError>);
    await refused(memory.list({ orgId: "acme", limit: 1, cursor: `${cursor}x` }));
    await refused(memory.list({ orgId: "acme", limit: 1, cursor: "%E0%A4%A" }));
    await refused(memory.list({ orgId: "acme", limit: 1, cursor: "" }));
    await refused(memory.list({ orgId: "rival", limit: 1, cursor }));
    await refused(memory.list({ orgId: "unknown", limit: 1, cursor }));
    await refused(memory.list({ orgId: "acme", userId: "alice", limit: 1, cursor }));
    await refused(memory.list({ orgId: "acme", levels: "within", limit: 1, cursor }));
    await refused(memory.list({ orgId: "acme", filter: { a: 1 }, limit: 1, cursor }));
    await refused(memory.organizations({ cursor }));
    await memory.organization("acme").offboard();
    await memory.organization("acme").onboard();
    await memory.add(["one", "two", "three"], { orgId: "acme" });
    await refused(memory.list({ orgId: "acme", limit: 1, cursor }));
  });

  it("refuses everything once it is closed", async () => {
    const { memory, handle, flat } = setUp();
    await memory.add("a text", { orgId: "acme" });
    await memory.close();
    await memory.close();
    for (const [method, call] of Object.entries(flat)) {
      if (method !== "scope") expect(await codeOf(() => call({ orgId: "acme" })), method).toBe("CLOSED");
    }
    for (const [method, call] of Object.entries(boundCalls(handle))) {
      expect(await codeOf(() => call({})), method).toBe("CLOSED");
    }
    for (const [method, call] of Object.entries(organizationCalls(memory.organization("acme")))) {
      expect(await codeOf(() => call({})), method).toBe("CLOSED");
    }
    expect(await codeOf(() => memory.organizations())).toBe("CLOSED");
  });

  it("does not accept an organization with single tenancy, nor a memory without one otherwise", async () => {
    const { store, uses } = counting(make());
    const single = new Memory({ store, tenancy: "single" });
    // @ts-expect-error There is no organization to name.
    expect(await codeOf(() => single.add("a text", { orgId: "acme" }))).toBe("INVALID_SCOPE");
    const multi = new Memory({ store });
    // @ts-expect-error The organization is missing.
    expect(await codeOf(() => multi.add("a text", {}))).toBe("INVALID_SCOPE");
    // @ts-expect-error So is the whole scope.
    expect(await codeOf(() => multi.add("a text"))).toBe("INVALID_SCOPE");
    expect(uses()).toBe(0);
  });

  it("reads a scope once: what was checked is what is used", async () => {
    const memory = new Memory({ store: make() });
    await memory.add("a secret of rival", { orgId: "rival" });
    let reads = 0;
    const shifty = {
      get orgId() {
        reads += 1;
        return reads === 1 ? "acme" : "rival";
      },
    };
    expect(await memory.search("secret", shifty)).toEqual([]);
    const handle = memory.scope(shifty);
    expect(reads).toBe(2);
    expect(handle.scope).toEqual({ orgId: "rival" });
    expect(Object.isFrozen(handle.scope)).toBe(true);
  });
});
