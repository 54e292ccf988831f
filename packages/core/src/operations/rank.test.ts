import { expect, it } from "vitest";
import { Memory } from "../memory.ts";
import type { Embedder } from "../models/embedder.ts";
import { inMemory } from "../store/in-memory-store.ts";
import type { VectorStore } from "../store/vector-store.ts";

/** A store that says how many candidates each search by vector was asked for. */
function watched(depths: number[]): VectorStore {
  const store = inMemory();
  return {
    ...store,
    open: async (request) => {
      const namespace = await store.open(request);
      const search: typeof namespace.search = (query) => {
        depths.push(query.limit);
        return namespace.search(query);
      };
      return new Proxy(namespace, {
        get: (target, name) => {
          if (name === "search") return search;
          const value: unknown = Reflect.get(target, name);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  };
}

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

it("looks at three times as many vectors, and at ten times as many by words", async () => {
  const depths: number[] = [];
  const memory = new Memory({ store: watched(depths), embedder: angles });
  // Sixty near ones without the word, forty far ones with nothing but the word, and one that is good at both and best at neither.
  const near = Array.from({ length: 60 }, (_, index) => `n${index} place`);
  const far = Array.from({ length: 40 }, (_, index) => `f${900 + index} zebra zebra`);
  await memory.add([...near, ...far, "z70 a zebra among many other things"], acme);
  const [best] = await memory.search("q0 zebra", acme);
  expect(best?.text).toBe("z70 a zebra among many other things");
  expect(depths).toEqual([30]);
});

it("shows what a look at everything would show", async () => {
  const memory = new Memory({ store: inMemory(), embedder: angles });
  const words = ["zebra", "giraffe", "lion", "tea"];
  // Every memory has an angle and some of the words, in an order that no one has chosen.
  await memory.add(
    Array.from({ length: 300 }, (_, index) => {
      const own = words.filter((_, at) => (index * (at + 3)) % 7 < 2);
      return `m${(index * 37) % 900} ${own.join(" ")} ${"filler ".repeat(index % 5)}`;
    }),
    acme,
  );
  for (const query of ["q0 zebra", "q300 giraffe lion", "q450 tea", "q899 lion tea zebra"]) {
    const everything = await memory.search(query, { ...acme, limit: 300 });
    const few = await memory.search(query, { ...acme, limit: 5 });
    expect(few.map(({ score }) => score.toFixed(6)).sort()).toEqual(
      everything
        .slice(0, 5)
        .map(({ score }) => score.toFixed(6))
        .sort(),
    );
  }
});
