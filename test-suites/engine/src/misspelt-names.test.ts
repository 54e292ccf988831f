import { inMemory, LociError, Memory, type MemoryOptions } from "@loci/core";
import { describe, expect, it } from "vitest";

type Loose = Record<string, (...parameters: unknown[]) => unknown>;

/** What a caller without types is told. */
async function errorOf(call: () => unknown): Promise<{ code: string; message: string }> {
  try {
    await call();
  } catch (error) {
    if (LociError.isInstance(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("Nothing was refused.");
}

const memory = new Memory({ store: inMemory() });
const flat = memory as unknown as Loose;
const alice = memory.scope({ orgId: "acme", userId: "alice" }) as unknown as Loose;
const acme = memory.organization("acme") as unknown as Loose;
const single = new Memory({ store: inMemory(), tenancy: "single" }) as unknown as Loose;

const orgId = "acme";
type Case = readonly [what: string, call: () => unknown, code: string, meant: string | undefined];

const scopes: readonly Case[] = [
  ...Object.entries({
    orgId: ["tenantId", "tenant", "organizationId", "org_id", "orgid", "orgID", "workspaceId", "orgIdd"],
    userId: ["user_id", "user", "uid", "userid", "usreId"],
    agentId: ["agent_id", "agent", "assistantId"],
    runId: ["threadId", "sessionId", "session_id", "conversationId", "run"],
  }).flatMap(([meant, given]) =>
    given.flatMap((key): Case[] => [
      [`scope({ ${key} })`, () => flat.scope?.({ [key]: "x" }), "INVALID_SCOPE", meant],
      [`a flat search with ${key}`, () => flat.search?.("x", { [key]: "x" }), "INVALID_SCOPE", meant],
    ]),
  ),
  ["a user of a single tenant", () => single.search?.("x", { user: "alice" }), "INVALID_SCOPE", "userId"],
  ["no tenant of a single tenant", () => single.search?.("x", { tenantId: "a" }), "INVALID_SCOPE", undefined],
  [
    "options apart from the scope",
    () => flat.search?.("x", { orgId }, { limit: 1 }),
    "INVALID_INPUT",
    undefined,
  ],
  ["a filter apart from it", () => flat.list?.({ orgId }, { filter: { a: 1 } }), "INVALID_INPUT", undefined],
  ["nothing like a key", () => flat.scope?.({ orgId, zebra: 1 }), "INVALID_SCOPE", undefined],
  ["nothing like a key, flat", () => flat.search?.("x", { orgId, zebra: 1 }), "INVALID_SCOPE", undefined],
];

const options: readonly Case[] = [
  ...Object.entries({
    limit: ["limitt", "topK", "top_k", "Limit", "maxResults"],
    threshold: ["treshold", "minScore"],
    filter: ["filters", "where"],
    signal: ["abortSignal"],
    levels: ["level"],
    asOf: ["asof", "at"],
  }).flatMap(([meant, given]) =>
    given.flatMap((name): Case[] => [
      [`search with ${name}`, () => alice.search?.("x", { [name]: 5 }), "INVALID_INPUT", meant],
      [`a flat search with ${name}`, () => flat.search?.("x", { orgId, [name]: 5 }), "INVALID_INPUT", meant],
    ]),
  ),
  ["list with prefix", () => alice.list?.({ prefix: "a" }), "INVALID_INPUT", "keyPrefix"],
  ["search with keyPrefix", () => alice.search?.("x", { keyPrefix: "a" }), "INVALID_INPUT", undefined],
  ["get with keys", () => alice.get?.({ keys: "a" }), "INVALID_INPUT", "key"],
  ["add with ttl", () => alice.add?.("x", { ttl: 5 }), "INVALID_INPUT", "expiresAt"],
  ["an option of another operation", () => alice.get?.("x", { limit: 5 }), "INVALID_INPUT", undefined],
  ["... in the flat form", () => flat.get?.("x", { orgId, limit: 5 }), "INVALID_INPUT", undefined],
  ["move with destination", () => acme.move?.({ too: { region: "eu" } }), "INVALID_INPUT", "to"],
  ["import with form", () => acme.import?.(null, { form: "x" }), "INVALID_INPUT", "from"],
  ["a patch with content", () => alice.update?.("x", { content: "y" }), "INVALID_INPUT", "text"],
  ["a message with text", () => alice.add?.({ role: "user", text: "y" }), "INVALID_INPUT", "content"],
  ["a number as options", () => alice.search?.("x", 5), "INVALID_INPUT", undefined],
  ["a list as options", () => alice.list?.([]), "INVALID_INPUT", undefined],
  ["options of a class", () => alice.list?.(new URL("a:b")), "INVALID_INPUT", undefined],
];

const filters: readonly Case[] = [
  ...["gt", "gte", "lt", "lte", "eq", "ne", "in", "nin", "exists"].map(
    (name): Case => [
      `{ a: { ${name} } }`,
      () => alice.search?.("x", { filter: { a: { [name]: 1 } } }),
      "INVALID_FILTER",
      `$${name}`,
    ],
  ),
  ["$notin", () => alice.search?.("x", { filter: { a: { $notin: [1] } } }), "INVALID_FILTER", "$nin"],
  ["$AND", () => alice.search?.("x", { filter: { $AND: [{ a: 1 }] } }), "INVALID_FILTER", "$and"],
  ["or", () => alice.search?.("x", { filter: { or: [{ a: 1 }] } }), "INVALID_FILTER", "$or"],
  ["$regex", () => alice.search?.("x", { filter: { a: { $regex: "x" } } }), "INVALID_FILTER", undefined],
];

const make = (name: string) => () => new Memory({ store: inMemory(), [name]: {} } as MemoryOptions);
const constructors: readonly Case[] = [
  ...Object.entries({
    languageModel: ["llm", "model", "languagemodel", "langaugeModel"],
    embedder: ["embeddings", "embeddingModel", "embeder"],
    instructions: ["systemPrompt", "customInstructions"],
    tenancy: ["tenency"],
  }).flatMap(([meant, given]) =>
    given.map((name): Case => [`new Memory({ ${name} })`, make(name), "INVALID_INPUT", meant]),
  ),
  ["vectorStore", () => new Memory({ vectorStore: inMemory() } as MemoryOptions), "INVALID_INPUT", "store"],
  ["nothing like an option", make("zebra"), "INVALID_INPUT", undefined],
];

describe.each([
  ["a scope", scopes],
  ["options", options],
  ["filters", filters],
  ["the constructor", constructors],
])("a misspelt name of %s", (_, cases) => {
  it.each(cases)("%s", async (_, call, code, meant) => {
    const error = await errorOf(call);
    expect(error.code, error.message).toBe(code);
    if (meant === undefined) expect(error.message).not.toContain("did you mean");
    else expect(error.message).toContain(`did you mean ${meant}?`);
  });
});

it("a key of a scope is refused on a handle, however it is spelt", async () => {
  for (const key of ["orgId", "tenantId", "user_id"]) {
    for (const call of [
      () => alice.search?.("x", { [key]: "rival" }),
      () => acme.export?.({ [key]: "rival" }),
    ]) {
      const error = await errorOf(call);
      expect(error.code).toBe("INVALID_SCOPE");
      expect(error.message).toContain("bound to its scope");
    }
  }
});
