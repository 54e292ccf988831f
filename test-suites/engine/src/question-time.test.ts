import { Memory, type VectorStore } from "@loci/core";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { engineStores, findsWords } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text);
/** Noon of a day some days ago, in UTC. */
const daysAgo = (days: number) => {
  const noon = new Date();
  noon.setUTCHours(12, 0, 0, 0);
  noon.setUTCDate(noon.getUTCDate() - days);
  return noon;
};

/** One lemon of last week, and many of other weeks, each a little nearer to the question. */
async function filled(store: VectorStore, options: object = {}): Promise<Memory> {
  const memory = new Memory({ store, ...options });
  await memory.add("lemon cake z q", { ...alice, timestamp: daysAgo(7) });
  for (const name of ["a", "b", "c", "d", "e", "f", "g", "h"])
    await memory.add(`lemon cake ${name}`, { ...alice, timestamp: daysAgo(60) });
  return memory;
}

describe.each(engineStores.filter(findsWords))(
  "a time in a question on $name",
  { timeout: 60_000 },
  ({ make }) => {
    it("brings what was said then to the top, and leaves nothing out", async () => {
      const memory = await filled(make());
      // Where one is asked for, three are looked at, and what was said last week is not among them.
      expect(texts(await memory.search("lemon", { ...alice, limit: 3 }))).not.toContain("lemon cake z q");
      for (const question of ["lemon last week", "Was war letzte Woche mit lemon?", "先週の lemon"]) {
        const [best] = await memory.search(question, { ...alice, limit: 1 });
        expect([question, best?.text]).toEqual([question, "lemon cake z q"]);
        expect(await memory.search(question, alice)).toHaveLength(9);
      }
      expect(await memory.search("lemon 3 years ago", alice)).toHaveLength(9);
      const context = await memory.context("lemon last week", { ...alice, limit: 1 });
      expect(texts(context.memories)).toEqual(["lemon cake z q"]);
    });

    it("is a condition where it is strict", async () => {
      const memory = await filled(make());
      const strict = { ...alice, time: "strict" } as const;
      expect(texts(await memory.search("lemon last week", strict))).toEqual(["lemon cake z q"]);
      expect(texts((await memory.context("lemon last week", strict)).memories)).toEqual(["lemon cake z q"]);
      expect(await memory.search("lemon 3 years ago", strict)).toEqual([]);
      // A question without a time has no condition, and bounds of the call hold as well.
      expect(await memory.search("lemon", strict)).toHaveLength(9);
      expect(await memory.search("lemon last week", { ...strict, before: daysAgo(30) })).toEqual([]);
    });

    it("is only words where it is ignored", async () => {
      const memory = await filled(make());
      const [best] = await memory.search("lemon last week", {
        ...alice,
        limit: 1,
        time: "ignore",
        explain: true,
      });
      expect(best?.text).not.toBe("lemon cake z q");
      expect(best?.explanation).not.toHaveProperty("time");
    });

    it("is that of the days of the call, as seen from the moment of asOf", async () => {
      const memory = new Memory({ store: make(), timeZone: "Asia/Tokyo" });
      await memory.add("lemon of the evening", { ...alice, timestamp: "2025-06-09T14:00:00Z" });
      await memory.add("lemon of the night", { ...alice, timestamp: "2025-06-09T16:00:00Z" });
      const asked = { ...alice, time: "strict", asOf: "2025-06-11T03:00:00Z", explain: true } as const;
      const [found, ...others] = await memory.search("lemon yesterday", asked);
      expect([found?.text, others]).toEqual(["lemon of the night", []]);
      expect(found?.explanation?.time).toEqual({
        words: "yesterday",
        after: new Date("2025-06-09T15:00:00Z"),
        before: new Date("2025-06-10T15:00:00Z"),
        bonus: 0,
      });
      expect(await memory.search("lemon yesterday", { ...asked, timeZone: "UTC" })).toEqual([]);
      expect(await memory.search("lemon on 9 June 2025", { ...asked, timeZone: "UTC" })).toHaveLength(2);
    });

    it("is refused where the option is none", async () => {
      const memory = new Memory({ store: make() });
      for (const call of [
        () => memory.search("x", { ...alice, time: "hard" } as never),
        () => memory.context("x", { ...alice, time: true } as never),
        () => memory.list({ ...alice, time: "strict" } as never),
      ])
        await expect(call()).rejects.toMatchObject({ code: "INVALID_INPUT" });
    });
  },
);

describe.each(engineStores)("a time in a question with vectors on $name", { timeout: 60_000 }, ({ make }) => {
  it("brings what was said then to the top, and leaves nothing out", async () => {
    const memory = await filled(make(), { embedder: fakeLetterEmbedder() });
    const ignored = await memory.search("emonl last week", { ...alice, limit: 5, time: "ignore" });
    expect(texts(ignored)).not.toContain("lemon cake z q");
    const all = await memory.search("emonl last week", { ...alice, explain: true });
    expect(all).toHaveLength(9);
    expect(all[0]?.text).toBe("lemon cake z q");
    for (const { text, score, explanation } of all) {
      const { similarity = 0, keyword, time } = explanation ?? {};
      const words = keyword ? (keyword.weight * keyword.score) / keyword.best : 0;
      expect(score).toBeCloseTo(similarity + words + (time?.bonus ?? Number.NaN), 6);
      expect((time?.bonus ?? 0) > 0).toBe(text === "lemon cake z q");
    }
    const [first] = await memory.search("emonl last week", { ...alice, limit: 1 });
    expect(first?.text).toBe("lemon cake z q");
  });
});
