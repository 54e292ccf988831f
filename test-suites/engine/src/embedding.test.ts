import { type Embedder, inMemory, ModelError } from "@loci/core";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";

const acme = { orgId: "acme" };
const letters = fakeLetterEmbedder();
const texts = Array.from({ length: 21 }, (_, index) => `memory ${"abcdefghijklmnopqrstuvwxyz"[index]}`);

/** An embedder that says how many of its calls ran at once, and fails as it is told. */
function watched(changes: Partial<Embedder>, fail: (call: number) => Error | undefined = () => undefined) {
  const seen = { running: 0, most: 0, calls: 0 };
  const embedder: Embedder = {
    ...letters,
    ...changes,
    async embed(given, options) {
      seen.calls += 1;
      const failure = fail(seen.calls);
      if (failure) throw failure;
      seen.running += 1;
      seen.most = Math.max(seen.most, seen.running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.running -= 1;
      return letters.embed(given, options);
    },
  };
  return { memory: new Memory({ store: inMemory(), embedder }), seen };
}

const unreachable = () => new ModelError("no server", { model: "fake-letters", problem: "unreachable" });

describe("embedding", () => {
  it.each([
    [{ maxBatch: 2 }, 4],
    [{ maxBatch: 2, maxConcurrency: 3 }, 3],
    [{ maxBatch: 2, maxConcurrency: 1 }, 1],
    [{ maxBatch: 100, maxConcurrency: 3 }, 1],
  ])("runs as many calls at once as it may with %o, and keeps the order", async (limits, most) => {
    const { memory, seen } = watched(limits);
    await memory.add(texts, acme);
    expect(seen.most).toBe(most);
    expect(seen.calls).toBe(Math.ceil(texts.length / limits.maxBatch));
    for (const text of texts) {
      const [best] = await memory.search(text, { ...acme, limit: 1, explain: true });
      expect(best?.text).toBe(text);
      expect(best?.explanation?.similarity).toBeCloseTo(1, 4);
    }
  });

  it("asks once what the embedder is, however many calls come at once later", async () => {
    let described = 0;
    const { memory } = watched({
      describe: async () => {
        described += 1;
        return { id: "fake-letters", dimensions: 26 };
      },
    });
    await memory.add("first", acme);
    await Promise.all(["acme", "beta", "gamma"].map((orgId) => memory.add("more", { orgId })));
    expect(described).toBe(1);
  });

  it("waits for a server that comes back, and stores nothing when it does not", async () => {
    const back = watched({}, (call) => (call < 3 ? unreachable() : undefined));
    await back.memory.add("patience", acme);
    expect(back.seen.calls).toBe(3);
    const gone = watched({ maxBatch: 2 }, (call) => (call > 3 ? unreachable() : undefined));
    await expect(gone.memory.add(texts, acme)).rejects.toMatchObject({
      code: "MODEL_FAILED",
      problem: "unreachable",
      retryable: true,
    });
    expect((await gone.memory.list(acme)).memories).toEqual([]);
  });

  it("is not repeated for what does not pass, or after an abort", async () => {
    const missing = watched({}, () => new ModelError("pull it", { model: "m", problem: "missing" }));
    await expect(missing.memory.add("hello", acme)).rejects.toMatchObject({ problem: "missing" });
    expect(missing.seen.calls).toBe(1);
    const controller = new AbortController();
    const aborted = watched({}, () => {
      setTimeout(() => controller.abort(new Error("enough")), 20);
      return unreachable();
    });
    await expect(aborted.memory.add("hello", { ...acme, signal: controller.signal })).rejects.toThrow(
      "enough",
    );
    expect(aborted.seen.calls).toBe(1);
  });

  it("is refused with an embedder that describes itself as nothing", async () => {
    for (const described of [undefined, null, {}, { id: "" }, { id: "x" }, { id: "x", dimensions: 0 }]) {
      const { memory } = watched({ describe: async () => described as never });
      await expect(memory.add("hello", acme)).rejects.toMatchObject({ code: "INVALID_EMBEDDING" });
    }
  });
});
