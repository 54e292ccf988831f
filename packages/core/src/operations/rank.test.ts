import { expect, it } from "vitest";
import { Memory } from "../memory.ts";
import type { Embedder } from "../models/embedder.ts";
import { inMemory } from "../store/in-memory-store.ts";

const acme = { orgId: "acme" };

/** A fake embedder: the number after a text's first letter is its angle, in tenths of a degree. */
const angles: Embedder = {
  specVersion: 1,
  id: "fake-angles",
  maxBatch: 1000,
  describe: async () => ({ id: "fake-angles", dimensions: 2 }),
  embed: async (texts) =>
    texts.map((text) => {
      const angle = (Number.parseInt(text.slice(1), 10) * Math.PI) / 1800;
      return Float32Array.of(Math.cos(angle), Math.sin(angle));
    }),
};

it("leaves out what words alone have found only where it can reach no place that is shown", async () => {
  const memory = new Memory({ store: inMemory(), embedder: angles });
  // A hundred near ones, which fill what the vectors find, then some with the word: one just behind them, others far away.
  const near = Array.from({ length: 100 }, (_, index) => `n${index} place`);
  const far = [...near.map((_, index) => `f${1000 + index} a zebra among many other things`)];
  for (const text of [...near, "z105 zebra", ...far]) await memory.add(text, acme);
  const found = await memory.search("q0 zebra", { ...acme, explain: true });
  expect(found.map(({ text }) => text)).toEqual(["z105 zebra", ...near.slice(0, 9)]);
  for (const { score, explanation } of found) {
    const { similarity = Number.NaN, keyword } = explanation ?? {};
    const words = keyword ? (keyword.weight * keyword.score) / keyword.best : 0;
    expect(score).toBeCloseTo(similarity + words);
  }
});
