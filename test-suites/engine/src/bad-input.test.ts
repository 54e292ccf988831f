import { inspect } from "node:util";
import { type InvalidCursorError, Memory } from "@loci/core";
import { describe, expect, it } from "vitest";
import { boundCalls, codeOf, counting, flatCalls, organizationCalls } from "./every-call.ts";
import { engineStores, findsWords } from "./stores.ts";

/** What no key may be, nor the id of a user. */
const badKeys = [
  "",
  " ",
  "*",
  "a\0b",
  "a\n",
  "a\ud800",
  "e\u0301",
  "x".repeat(257),
  "é".repeat(129),
  7,
  null,
];

describe.each(engineStores.filter(findsWords))("bad input on $name", { timeout: 300_000 }, ({ make }) => {
  function setUp() {
    const { store, uses } = counting(make());
    const memory = new Memory({ store });
    return { memory, uses, flat: flatCalls(memory), handle: memory.scope({ orgId: "acme" }) };
  }

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
    // Keys.
    ...badKeys.flatMap((key) => [
      ["INVALID_INPUT", "add", "a text", { key }] as const,
      ["INVALID_INPUT", "list", { keyPrefix: key }] as const,
      ["INVALID_INPUT", "get", { key }] as const,
      ["INVALID_INPUT", "history", { key }] as const,
      ["INVALID_INPUT", "delete", { key }] as const,
      ["INVALID_INPUT", "update", { key }, { text: "new" }] as const,
    ]),
    ...[{}, { key: "a", id: "b" }, { keys: "a" }, { key: undefined }, [{ key: "a" }]].map(
      (name) => ["INVALID_INPUT", "get", name] as const,
    ),
    ["INVALID_INPUT", "add", ["a", "b"], { key: "a" }],
    ["INVALID_INPUT", "add", { role: "system", content: "a" }, { key: "a" }],
    ["INVALID_INPUT", "add", [], { key: "a" }],
    ["INVALID_INPUT", "add", "a", { key: "a", infer: true }],
    ["INVALID_INPUT", "add", "a", { key: "a", background: true }],
    ["INVALID_INPUT", "add", "a", { key: "a", supersedes: "an-id" }],
    ["INVALID_INPUT", "list", { cursor: 7 }],
    // Ids.
    ...["", 7, null, "a\0", "x".repeat(257), "€".repeat(86)].flatMap((id) => [
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
});
