import { runInNewContext } from "node:vm";
import { defineKeyProvider, type Embedder, inMemory, LociError, Memory, type Organization } from "@loci/core";
import { afterEach, describe, expect, it, vi } from "vitest";

const alice = { orgId: "acme", userId: "alice" };
const foreign = (code: string, values: object = {}) => runInNewContext(code, values) as never;

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const fakeEmbedder = (embed: unknown, describe: unknown = async () => ({ id: "fake", dimensions: 2 })) =>
  ({ specVersion: 1, id: "fake", maxBatch: 8, describe, embed }) as Embedder;

async function bytesOf(organization: Organization): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await organization.export()) chunks.push(chunk);
  return chunks;
}

afterEach(() => vi.restoreAllMocks());

describe("values of another realm", () => {
  it("are taken as options, scopes, messages, parts of a memory, vectors and dumps", async () => {
    const embedder = fakeEmbedder(
      async (texts: readonly string[]) => foreign("texts.map(() => Float32Array.of(3, 4))", { texts }),
      async () => foreign('({ id: "fake", dimensions: 2, details: { a: "b" } })'),
    );
    const memory = new Memory(foreign("({ store, embedder })", { store: inMemory(), embedder }));
    const handle = memory.scope(foreign('({ orgId: "acme", userId: "alice" })'));
    await handle.add(
      foreign('[{ role: "user", content: [{ type: "text", text: "one" }] }, "two"]'),
      foreign('({ timestamp: new Date(0), metadata: { tags: ["a"], deep: { b: 1 } } })'),
    );
    const found = await handle.search(
      "one",
      foreign('({ filter: { tags: { $in: ["a"] } }, asOf: new Date() })'),
    );
    expect(found.map(({ text }) => text).sort()).toEqual(["one", "two"]);
    const chunks = await bytesOf(memory.organization("acme"));
    const dump = async function* () {
      for (const chunk of chunks) yield foreign("Uint8Array.from(bytes)", { bytes: [...chunk] });
    };
    const other = new Memory({ store: inMemory(), embedder });
    expect(await other.organization("acme").import(dump())).toMatchObject({ imported: 2, vectors: "kept" });
  });

  it("are taken as keys", async () => {
    const masters = new Map<string, Uint8Array>();
    const provider = defineKeyProvider("fake", {
      find: async ({ orgId }) => masters.get(orgId ?? ""),
      add: async ({ orgId }, master) => {
        masters.set(orgId ?? "", master);
        return master;
      },
      destroy: async ({ orgId }) => void masters.delete(orgId ?? ""),
    });
    const keys = {
      ...provider,
      create: async (...given: Parameters<typeof provider.create>) => {
        const { key, wrapped } = await provider.create(...given);
        return { key: foreign("Uint8Array.from(bytes)", { bytes: [...key] }) as Uint8Array, wrapped };
      },
    };
    const memory = new Memory({ store: inMemory(), keys });
    await memory.add("hello", alice);
    expect((await memory.list(alice)).memories.map(({ text }) => text)).toEqual(["hello"]);
  });
});

describe("what an application's own parts throw and answer", () => {
  const thrown: readonly (readonly [string, unknown])[] = [
    ["nothing", undefined],
    ["null", null],
    ["a symbol", Symbol("x")],
    ["an object without a prototype", Object.create(null)],
    ["a proxy that was revoked", revoked()],
    ["a name that throws", Object.defineProperty({}, "name", { get: () => expect.unreachable() })],
    ["an error of another realm", foreign('new Error("foreign")')],
  ];

  it.each(thrown)("is typed: %s", async (_, error) => {
    const fail = () => {
      throw error;
    };
    const reranker = { specVersion: 1, id: "fake", rerank: fail } as never;
    const reranked = new Memory({ store: inMemory(), reranker });
    await reranked.add("hello", alice);
    const languageModel = {
      specVersion: 1,
      id: "fake",
      describe: async () => ({ contextTokens: 4096 }),
      generate: fail,
    };
    for (const call of [
      () => new Memory({ store: inMemory(), embedder: fakeEmbedder(fail) }).add("hello", alice),
      () => new Memory({ store: inMemory(), embedder: fakeEmbedder(async () => fail()) }).add("hello", alice),
      () =>
        new Memory({ store: inMemory(), embedder: fakeEmbedder(async () => [], fail) }).add("hello", alice),
      () => new Memory({ store: inMemory(), languageModel: languageModel as never }).add("hello", alice),
    ])
      expect(
        LociError.isInstance(
          await call().then(
            () => undefined,
            (reason: unknown) => reason,
          ),
        ),
      ).toBe(true);
  });

  const circular: { details?: unknown } = {};
  circular.details = circular;
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a width as a text", { id: "fake", dimensions: "2" }],
    ["details that are no object", { id: "fake", dimensions: 2, details: 5 }],
    ["details that are no texts", { id: "fake", dimensions: 2, details: { a: { b: 1 } } }],
    ["details in a circle", { id: "fake", dimensions: 2, details: circular }],
    [
      "a getter that throws",
      {
        id: "fake",
        get dimensions() {
          throw new Error("a getter throws");
        },
      },
    ],
  ])("is no description of an embedder: %s", async (_, described) => {
    const embedder = fakeEmbedder(
      async () => [Float32Array.of(3, 4)],
      async () => described,
    );
    const memory = new Memory({ store: inMemory(), embedder });
    await expect(memory.add("hello", alice)).rejects.toMatchObject({ code: "INVALID_EMBEDDING" });
  });

  it("is no vector by its name alone", async () => {
    const vector = { [Symbol.toStringTag]: "Float32Array", length: 2, 0: 3, 1: 4 };
    const memory = new Memory({ store: inMemory(), embedder: fakeEmbedder(async () => [vector]) });
    await expect(memory.add("hello", alice)).rejects.toMatchObject({ code: "INVALID_EMBEDDING" });
  });

  it("is no dump that can be read", async () => {
    for (const source of [
      { getReader: () => null },
      { [Symbol.asyncIterator]: () => null },
      { [Symbol.asyncIterator]: () => ({}) },
      { [Symbol.asyncIterator]: () => ({ next: async () => undefined }) },
      { [Symbol.asyncIterator]: () => ({ next: async () => ({ value: "a text" }) }) },
    ]) {
      const imported = new Memory({ store: inMemory() }).organization("acme").import(source as never);
      await expect(imported).rejects.toMatchObject({ code: "INVALID_DUMP" });
    }
  });

  it("does not end the process where a listener is asynchronous", async () => {
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    const memory = new Memory({ store: inMemory() });
    memory.subscribe((async () => {
      throw new Error("the log is full");
    }) as never);
    await memory.add("hello", alice);
    await vi.waitFor(() => expect(told).toHaveBeenCalledOnce());
  });
});
