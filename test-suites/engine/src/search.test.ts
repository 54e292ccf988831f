import { type AuditEvent, Memory, ModelError } from "@loci/core";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { engineStores, findsWords } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text);

describe.each(engineStores.filter(findsWords))("search on $name", { timeout: 300_000 }, ({ make }) => {
  const setUp = () => new Memory({ store: make() });

  it("finds a message by the words of its neighbours, of the same scope only", async () => {
    const memory = setUp();
    await memory.add(
      [
        { role: "user", content: "Which database should we take for the warehouse?" },
        { role: "assistant", content: "Postgres." },
        { role: "user", content: "Agreed." },
      ],
      alice,
    );
    const found = await memory.search("warehouse database", { ...alice, threshold: 0.01, explain: true });
    expect(texts(found)).toEqual(["Which database should we take for the warehouse?", "Postgres."]);
    expect(found[1]?.explanation?.matchedTerms).toEqual([]);
    // The next call goes on with the conversation, another user's does not.
    await memory.add({ role: "assistant", content: "I create it." }, alice);
    await memory.add({ role: "assistant", content: "I create it too." }, { orgId: "acme", userId: "bob" });
    expect(texts(await memory.search("agreed", { ...alice, threshold: 0.01 })).sort()).toEqual([
      "Agreed.",
      "I create it.",
      "Postgres.",
    ]);
    expect(await memory.search("agreed", { orgId: "acme", userId: "bob", threshold: 0.01 })).toEqual([]);
    expect(await memory.search("agreed", { orgId: "acme", levels: "within", threshold: 0.01 })).toHaveLength(
      3,
    );
  });

  it("finds no message by the words of another that was said more than an hour before or after", async () => {
    const embedded: string[] = [];
    const letters = fakeLetterEmbedder();
    const embedder = fakeLetterEmbedder({
      embed: async (given, options) => {
        embedded.push(...given);
        return letters.embed(given, options);
      },
    });
    const memory = new Memory({ store: make(), embedder });
    const notes = [
      { content: "The zebra was here", timestamp: "2026-03-05T10:00:00Z" },
      { content: "It ate", timestamp: "2026-03-05T11:00:00Z" },
      { content: "It slept", timestamp: "2026-03-05T12:00:01Z" },
      { content: "A giraffe came", timestamp: "2026-01-01T00:00:00Z" },
    ].map((note) => ({ role: "user" as const, ...note }));
    await memory.add(notes, alice);
    const byWords = async (query: string) =>
      texts(
        (await memory.search(query, { ...alice, explain: true })).filter(
          ({ explanation }) => explanation?.keyword !== undefined,
        ),
      );
    expect((await byWords("zebra")).sort()).toEqual(["It ate", "The zebra was here"]);
    expect(await byWords("slept")).toEqual(["It slept"]);
    expect(await byWords("giraffe")).toEqual(["A giraffe came"]);
    expect(embedded).toEqual(
      expect.arrayContaining([
        "[2026-03-05] It ate\nThe zebra was here",
        "[2026-03-05] It slept",
        "[2026-01-01] A giraffe came",
      ]),
    );
  });

  it("adds the scores of both arms, and explains them", async () => {
    const memory = new Memory({ store: make(), embedder: fakeLetterEmbedder() });
    await memory.add("zebra crossing", alice);
    await memory.add("quiet evening with tea", alice);
    await memory.add("a long walk", alice);
    const found = await memory.search("tea evening quiet with", { ...alice, explain: true });
    expect(found).toHaveLength(3);
    expect(found[0]?.text).toBe("quiet evening with tea");
    for (const { score, explanation } of found) {
      const { similarity = 0, keyword } = explanation ?? {};
      expect(score).toBeCloseTo(
        similarity + (keyword ? (keyword.weight * keyword.score) / keyword.best : 0),
        6,
      );
      expect(Math.abs(similarity)).toBeLessThanOrEqual(1.0001);
    }
    expect(found[0]?.explanation?.similarity).toBeGreaterThan(0.99);
    expect(found[0]?.explanation?.keyword?.score).toBe(found[0]?.explanation?.keyword?.best);
    const strong = await memory.search("quiet evening with tea", { ...alice, threshold: 1.3 });
    expect(texts(strong)).toEqual(["quiet evening with tea"]);
  });

  it("lets a reranker have the last word on the order", async () => {
    const reversed = {
      specVersion: 1,
      id: "by-length",
      rerank: async (_: string, given: readonly string[]) => given.map((text) => -text.length),
    } as const;
    const memory = new Memory({ store: make(), reranker: reversed });
    for (const text of ["tea tea tea in the evening", "tea", "some tea with milk", "coffee"])
      await memory.add(text, alice);
    const found = await memory.search("tea", { ...alice, limit: 2, explain: true });
    expect(texts(found)).toEqual(["tea", "some tea with milk"]);
    expect(found[0]?.explanation?.rerank).toBe(-3);
    expect(texts(await memory.search("tea", { ...alice, threshold: 0.01 }))).toEqual([
      "tea",
      "some tea with milk",
      "tea tea tea in the evening",
    ]);
    for (const answer of [[1], [1, 2, 3, Number.NaN], "none"]) {
      const wrong = { ...reversed, rerank: async () => answer as number[] };
      const other = new Memory({ store: make(), reranker: wrong });
      await other.add(["a", "b", "c", "d"], alice);
      await expect(other.search("a", alice)).rejects.toMatchObject({
        code: "INVALID_RANKING",
        reranker: "by-length",
      });
    }
  });

  it("answers without its reranker where that fails, and says so", async () => {
    const failing = {
      specVersion: 1,
      id: "failing",
      rerank: async () => {
        throw new ModelError("The server is busy", { model: "failing", problem: "overloaded" });
      },
    } as const;
    const store = make();
    const events: AuditEvent[] = [];
    const memory = new Memory({ store, reranker: failing });
    memory.subscribe((event) => void events.push(event));
    await memory.add(["tea tea tea in the evening", "tea", "coffee"], alice);
    const plain = await new Memory({ store }).search("tea", alice);
    expect(await memory.search("tea", alice)).toEqual(plain);
    const explained = await memory.search("tea", { ...alice, explain: true });
    for (const { explanation } of explained) {
      expect(explanation?.rerankFailure).toBe("The server is busy");
      expect(explanation).not.toHaveProperty("rerank");
    }
    await memory.context("tea", alice);
    const reads = events.filter(({ operation }) => operation !== "add");
    expect(reads.map(({ outcome, counts }) => [outcome, counts.rerankFailed])).toEqual([
      ["succeeded", 1],
      ["succeeded", 1],
      ["succeeded", 1],
    ]);
    const controller = new AbortController();
    const hanging = { ...failing, rerank: () => new Promise<never>(() => {}) };
    const ended = new Memory({ store, reranker: hanging }).search("tea", {
      ...alice,
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(new Error("enough")), 10);
    await expect(ended).rejects.toThrow("enough");
  });

  it("ranks what has more of the words first, where every word is common", async () => {
    const memory = setUp();
    await memory.add("coffee in berlin", alice);
    for (const word of ["coffee", "berlin", "tea"])
      await memory.add(
        Array.from({ length: 750 }, (_, index) => `${word} number ${index}`),
        alice,
      );
    const [first] = await memory.search("coffee berlin", alice);
    expect(first?.text).toBe("coffee in berlin");
  });

  it("keeps a user's only hit, however often others use its words", async () => {
    const memory = setUp();
    await memory.add("atlas is late", alice);
    for (const crowd of [{ userId: "bob" }, { agentId: "helper" }, { userId: "bob", runId: "r" }]) {
      const texts = Array.from({ length: 300 }, (_, index) => `atlas number ${index}`);
      await memory.add([...texts, `a unicorn of ${JSON.stringify(crowd)}`], { orgId: "acme", ...crowd });
    }
    const [found, ...others] = await memory.search("atlas unicorn", alice);
    expect(found).toMatchObject({ text: "atlas is late" });
    expect(found?.score).toBeGreaterThan(0);
    expect(others).toEqual([]);
  });
});
