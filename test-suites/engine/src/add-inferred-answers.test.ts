import type { AddResult, LanguageModel } from "@loci/core";
import { describe, expect, it } from "vitest";
import { inferringMemory } from "./inferring-memory.ts";
import { fact, fakeScriptedModel } from "./scripted-model.ts";
import { engineStores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const said = ({ results }: AddResult) => results.map(({ status, text }) => `${status} ${text}`);

type NumberOf = (text: string) => number;

describe.each(engineStores)("answers of models on $name", { timeout: 300_000 }, ({ make, name }) => {
  const setUp = inferringMemory(make, name);

  /** What a second answer makes of the three facts of a first one. */
  async function after(answer: (numberOf: NumberOf) => unknown) {
    const memory = setUp(({ known }) => {
      if (known.length === 0) return { facts: [fact("A is one"), fact("B is two"), fact("C is three")] };
      return answer((wanted) => known.find(({ text }) => text === wanted)?.memory ?? 0);
    });
    await memory.add("A is one, B two, and C three", alice);
    const added = await memory.add("one, two, three and four are facts", alice);
    const { memories } = await memory.list(alice);
    return { added, said: said(added), held: memories.map(({ text }) => text).sort(), memories };
  }

  it("keeps the facts of a circle and of a chain of replacements", async () => {
    const circle = await after((numberOf) => ({
      facts: [
        fact("A is one", numberOf("B is two")),
        fact("B is two", numberOf("C is three")),
        fact("C is three", numberOf("A is one")),
      ],
    }));
    expect(circle.held).toEqual(["A is one", "B is two", "C is three"]);
    const chain = await after((numberOf) => ({
      facts: [fact("A is one", numberOf("B is two")), fact("D is four", numberOf("A is one"))],
      removes: [numberOf("A is one"), numberOf("D is four"), numberOf("C is three"), numberOf("C is three")],
    }));
    expect(chain.held).toEqual(["A is one", "D is four"]);
    expect(chain.said).toEqual(["superseded A is one", "added D is four", "closed C is three"]);
  });

  it("stores a fact once that an answer has twice, and reports what each of them did", async () => {
    const { added, held, memories } = await after((numberOf) => ({
      facts: [
        fact("D is four"),
        fact(" D  is\nfour "),
        fact("D is four", numberOf("B is two")),
        fact("D is four", numberOf("C is three")),
      ],
      removes: [numberOf("B is two")],
    }));
    expect(held).toEqual(["A is one", "D is four"]);
    expect(added.results.map(({ status }) => status)).toEqual([
      "added",
      "unchanged",
      "superseded",
      "superseded",
    ]);
    const [id] = memories.filter(({ text }) => text === "D is four").map((memory) => memory.id);
    expect(new Set(added.results.map((result) => result.id))).toEqual(new Set([id]));
  });

  it.each<[string, (numberOf: NumberOf) => unknown]>([
    ["a text of JSON", (n) => JSON.stringify({ facts: [fact("D is four", n("A is one"))], removes: [] })],
    [
      "a text of JSON in Markdown",
      (n) =>
        `\`\`\`json\n{"facts": [{"text": "D is four", "message": 1, "replaces": ${n("A is one")}}]}\n\`\`\``,
    ],
    ["a list of one answer", (n) => [{ facts: [fact("D is four", n("A is one"))], removes: [] }]],
    ["a list of facts", (n) => [fact("D is four", n("A is one"))]],
    ["a fact instead of a list", (n) => ({ facts: fact("D is four", n("A is one")), removes: null })],
    [
      "numbers as texts",
      (n) => ({ facts: [{ text: "D is four", message: "1", replaces: ` ${n("A is one")} ` }] }),
    ],
  ])("reads %s", async (_, answer) => {
    expect((await after(answer)).said).toEqual(["superseded D is four"]);
  });

  it.each<[string, (numberOf: NumberOf) => unknown]>([
    ["no facts, and one number", (n) => ({ facts: null, removes: n("A is one") })],
    ["no list of facts", (n) => ({ removes: [String(n("A is one")), 0, -1, 2.5, null, [1], {}, "x"] })],
  ])("ends what it says with %s", async (_, answer) => {
    const { said: told, held } = await after(answer);
    expect([told, held]).toEqual([["closed A is one"], ["B is two", "C is three"]]);
  });

  it("reports every part of a long answer that was not followed", async () => {
    const { added } = await after(() => ({
      facts: Array.from({ length: 5000 }, (_, index) => fact(`Fact ${index}`)),
      removes: Array.from({ length: 5000 }, () => 99),
    }));
    expect(added.results).toHaveLength(100);
    expect(added.extraction?.rejected).toHaveLength(4900 + 5000);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["an empty object", {}],
    ["an empty list", []],
    ["a list of lists", [[fact("x")]]],
    ["a text that is no JSON", "I could not find any facts."],
    [
      "an object that throws",
      {
        get facts() {
          throw new Error("a getter throws");
        },
      },
    ],
    ["other names", { Facts: [fact("x")] }],
  ])("keeps the messages where the answer is %s", async (_, answer) => {
    const memory = setUp(() => answer);
    await expect(memory.add("hello", alice)).rejects.toMatchObject({ code: "EXTRACTION_FAILED" });
    const kept = await memory.add("hello", { ...alice, onExtractionFailure: "store-raw" });
    expect(said(kept)).toEqual(["added hello"]);
    expect(kept.extraction?.failure?.code).toBe("EXTRACTION_FAILED");
  });

  it("takes what an application's own model says of itself for data", async () => {
    const model = fakeScriptedModel(() => ({ facts: [fact("x is y")] }));
    const generate = (result: unknown): LanguageModel =>
      ({ ...model, generate: async () => result }) as unknown as LanguageModel;
    for (const usage of [
      undefined,
      null,
      { inputTokens: "7", outputTokens: Number.NaN },
      { inputTokens: -1 },
    ]) {
      const added = await setUp(generate({ object: { facts: [fact("x is y")] }, usage })).add("x", alice);
      expect(added.extraction).toMatchObject({ calls: 1, inputTokens: 0, outputTokens: 0 });
    }
    for (const result of [undefined, null, 7, "text"])
      await expect(setUp(generate(result)).add("x", alice)).rejects.toMatchObject({
        code: "EXTRACTION_FAILED",
      });
    for (const description of [
      undefined,
      null,
      {},
      { contextTokens: "many" },
      { contextTokens: Number.NaN },
    ]) {
      const described = { ...model, describe: async () => description } as unknown as LanguageModel;
      await expect(setUp(described).add("x", alice)).rejects.toMatchObject({ code: "EXTRACTION_FAILED" });
    }
  });
});
