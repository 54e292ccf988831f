import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { allStores, findsWords } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
/** As many bytes of a text as a query may have. */
const upTo = (text: string, bytes = 65_000) => {
  const buffer = Buffer.from(text).subarray(0, bytes);
  return buffer.toString().replace(/\uFFFD+$/u, "");
};
const words = (length: number) =>
  Array.from({ length: 20_000 }, (_, at) => at.toString(36).padStart(length, "q")).join(" ");
const target = "A walrusonthefarawayshore, 海象在远方的岸边 🦭";
const queries: Readonly<Record<string, string>> = {
  "short words": `walrusonthefarawayshore ${words(3)}`,
  "long words": `${"walrusonthefarawayshore".padEnd(24)} ${words(20)}`,
  "one word again and again": `${"walrusonthefarawayshore ".repeat(3000)}`,
  "one endless word": "walrusonthefarawayshore".repeat(3000),
  Chinese: "海象在远方的岸边".repeat(3000),
  "many Chinese characters": Array.from({ length: 20_000 }, (_, at) =>
    String.fromCodePoint(0x4e00 + at),
  ).join(""),
  emoji: "🦭".repeat(10_000),
  marks: `walrusonthefarawayshore ${"e\u0301".repeat(20_000)}`,
  "signs of query languages": `walrusonthefarawayshore ${`"' OR * NEAR( ) : ^ - \\ % _ | & ! <-> {} [] ~ `.repeat(1500)}`,
};

describe.each(allStores)("a query of 65 kB on $name", { timeout: 300_000 }, (store) => {
  it("is answered, whatever it is made of", async () => {
    const embedder = findsWords(store) ? null : fakeLetterEmbedder();
    const memory = new Memory({ store: store.make(), embedder });
    await memory.add([target, "Something else", "一只猫", "🐱"], alice);
    for (const [name, text] of Object.entries(queries)) {
      const found = await memory.search(upTo(text), { ...alice, limit: 4 });
      if (name !== "one endless word")
        expect(
          found.map((one) => one.text),
          name,
        ).toContain(target);
    }
  });

  it("is answered with thousands of values in its filter", async () => {
    const embedder = findsWords(store) ? null : fakeLetterEmbedder();
    const memory = new Memory({ store: store.make(), embedder });
    await memory.add(target, { ...alice, metadata: { kind: "value 999", size: 1 } });
    await memory.add("Another walrusonthefarawayshore", { ...alice, metadata: { kind: "other", size: 2 } });
    const values = Array.from({ length: 1000 }, (_, at) => `value ${at}`);
    const filter = {
      $and: [
        { kind: { $in: values } },
        { kind: { $nin: values.slice(0, 999) } },
        {
          $or: [{ size: { $in: values.map((_, at) => at) } }, { kind: { $in: values.map((v) => `x${v}`) } }],
        },
      ],
    };
    const query = upTo(`walrusonthefarawayshore ${words(20)}`);
    expect((await memory.search(query, { ...alice, filter })).map(({ text }) => text)).toEqual([target]);
    expect((await memory.list({ ...alice, filter })).memories.map(({ text }) => text)).toEqual([target]);
  });
});
