import { expect, it, vi } from "vitest";
import { defineEmbedder } from "./define-embedder.ts";
import type { Embedder } from "./embedder.ts";
import { VerifiedEmbedder } from "./verified-embedder.ts";

const never = { delays: [60_000], isTransient: () => true };

const hanging: Embedder = {
  specVersion: 1,
  id: "hanging",
  maxBatch: 100,
  describe: async () => ({ id: "hanging", dimensions: 2 }),
  embed: () => new Promise(() => {}),
};

it("waits ten seconds for the scatter of a model that does not answer, and asks again minutes later", async () => {
  vi.useFakeTimers();
  try {
    const embed = vi.fn(hanging.embed);
    const embedder = new VerifiedEmbedder({ ...hanging, embed }, never);
    const measured = embedder.scatter({});
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await measured).toBeUndefined();
    expect(await embedder.scatter({})).toBeUndefined();
    expect(embed).toHaveBeenCalledTimes(1);
    embed.mockImplementation(async (texts) => texts.map((_, at) => Float32Array.of(1, at)));
    await vi.advanceTimersByTimeAsync(300_000);
    expect(await embedder.scatter({})).toMatchObject({ deviation: expect.any(Number) });
  } finally {
    vi.useRealTimers();
  }
});

it("ends the wait for the scatter with the signal of who waits, not the measuring of others", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const embed: Embedder["embed"] = async (texts) => {
    await promise;
    return texts.map(() => Float32Array.of(1, 0));
  };
  const embedder = new VerifiedEmbedder({ ...hanging, embed }, never);
  const controller = new AbortController();
  const ended = embedder.scatter({ signal: controller.signal });
  const other = embedder.scatter({});
  controller.abort(new Error("enough"));
  await expect(ended).rejects.toThrow("enough");
  resolve();
  expect((await other)?.deviation).toBeCloseTo(0);
});

it("knows the scatter of models that were measured by their names", () => {
  const named = (model: string) =>
    defineEmbedder({
      id: `server/${model}`,
      model,
      maxBatch: 1,
      maxConcurrency: 1,
      describe: async () => ({ dimensions: 2 }),
      embed: async () => [],
    }).scatter;
  for (const model of ["all-minilm", "all-minilm:22m", "sentence-transformers/all-MiniLM-L6-v2"])
    expect(named(model)?.deviation).toBe(0.092);
  expect(named("intfloat/multilingual-e5-small")?.deviation).toBe(0.024);
  for (const model of ["all-minilm:33m", "nomic-embed-text", "multilingual-e5-large"])
    expect(named(model)).toBeUndefined();
});
