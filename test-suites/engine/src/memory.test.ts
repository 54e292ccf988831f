import { Memory } from "@loci/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { stores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text);

afterEach(() => vi.useRealTimers());

describe.each(stores)("memory on $name", { timeout: 300_000 }, ({ make }) => {
  const setUp = () => new Memory({ store: make() });

  it("stores a text once, however often and however concurrently it is added", async () => {
    const memory = setUp();
    const results = await Promise.all(Array.from({ length: 20 }, () => memory.add("I like tea", alice)));
    const statuses = results.map(({ results: [first] }) => first?.status);
    expect(statuses.filter((status) => status === "added")).toHaveLength(1);
    expect(statuses.filter((status) => status === "unchanged")).toHaveLength(19);
    expect(texts((await memory.list(alice)).memories)).toEqual(["I like tea"]);
    const { results: twice } = await memory.add(["I like milk", "I like milk"], alice);
    expect(twice.map(({ status }) => status)).toEqual(["added", "unchanged"]);
    expect(twice[0]?.id).toBe(twice[1]?.id);
  });

  it("keeps the same text of two scopes apart, with lives of their own", async () => {
    const memory = setUp();
    const scopes = [
      alice,
      { orgId: "acme", userId: "bob" },
      { orgId: "acme" },
      { orgId: "rival", userId: "alice" },
    ];
    for (const scope of scopes)
      expect((await memory.add("I like tea", scope)).results[0]?.status).toBe("added");
    await memory.deleteAll(alice);
    for (const scope of scopes.slice(1)) {
      expect(texts((await memory.list({ ...scope, levels: "own" })).memories)).toEqual(["I like tea"]);
    }
  });

  it("adds to what it knows of a text when other metadata comes with it", async () => {
    const memory = setUp();
    const first = await memory.add("I like tea", { ...alice, metadata: { source: "chat" } });
    expect((await memory.add("I like tea", alice)).results[0]?.status).toBe("unchanged");
    expect(
      (await memory.add("I like tea", { ...alice, metadata: { source: "chat" } })).results[0]?.status,
    ).toBe("unchanged");
    expect(
      (await memory.add("I like tea", { ...alice, metadata: { source: "form" } })).results[0]?.status,
    ).toBe("updated");
    const item = await memory.get(first.results[0]?.id ?? "", alice);
    expect(item?.metadata).toEqual({ source: "form" });
    expect(item?.revision).toBe(2);
  });

  it("takes messages with names, times and metadata of their own, and gives them back", async () => {
    const memory = setUp();
    const { results } = await memory.add(
      [
        {
          role: "user",
          name: "Alice",
          content: "I moved to Berlin",
          timestamp: "2025-05-01T10:00:00Z",
          metadata: { mood: "glad" },
        },
        { role: "assistant", content: "Congratulations!" },
      ],
      { ...alice, metadata: { session: 7, mood: "unknown" } },
    );
    const [moved, congratulated] = await memory.scope(alice).getMany(results.map(({ id }) => id));
    expect(moved).toMatchObject({
      text: "I moved to Berlin",
      role: "user",
      name: "Alice",
      scope: alice,
      metadata: { session: 7, mood: "glad" },
      validFrom: new Date("2025-05-01T10:00:00Z"),
      revision: 1,
    });
    expect(congratulated).toMatchObject({ role: "assistant", metadata: { session: 7, mood: "unknown" } });
    expect(congratulated).not.toHaveProperty("name");
    const [first, second] = results.map(({ id }) => id) as [string, string];
    expect(await memory.scope(alice).getMany([second, "missing", first])).toEqual([
      congratulated,
      null,
      moved,
    ]);
  });

  it("keeps every edit in the memory's history, and shows what held then", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-01-01") });
    const memory = setUp();
    const { results } = await memory.add("I live in Bonn", alice);
    const id = results[0]?.id ?? "";
    vi.setSystemTime(new Date("2026-02-01"));
    expect(
      await memory.update(id, { text: "I live in Berlin", metadata: { sure: true } }, alice),
    ).toMatchObject({
      status: "updated",
      text: "I live in Berlin",
    });
    expect(await memory.update(id, { text: "I live in Berlin" }, alice)).toMatchObject({
      status: "unchanged",
    });
    expect(await memory.history(id, alice)).toEqual([
      { revision: 1, event: "added", text: "I live in Bonn", metadata: {}, at: new Date("2026-01-01") },
      {
        revision: 2,
        event: "updated",
        text: "I live in Berlin",
        metadata: { sure: true },
        at: new Date("2026-02-01"),
      },
    ]);
    expect((await memory.get(id, alice))?.text).toBe("I live in Berlin");
    expect((await memory.get(id, { ...alice, asOf: "2026-01-15" }))?.text).toBe("I live in Bonn");
    expect(await memory.get(id, { ...alice, asOf: "2025-12-31" })).toBeNull();
    expect(texts(await memory.search("Berlin", { ...alice, threshold: 0.1 }))).toEqual(["I live in Berlin"]);
    expect(texts(await memory.search("Bonn", { ...alice, threshold: 0.1 }))).toEqual([]);
    // The first text is free again for a memory of its own.
    expect((await memory.add("I live in Bonn", alice)).results[0]).toMatchObject({ status: "added" });
    expect(texts((await memory.list(alice)).memories).sort()).toEqual(["I live in Berlin", "I live in Bonn"]);
  });

  it("changes all of a batch or nothing", async () => {
    const memory = setUp();
    const { results } = await memory.add(["one", "two"], alice);
    const [one, two] = results.map(({ id }) => id) as [string, string];
    await expect(
      memory.scope(alice).updateMany([
        { id: one, text: "uno" },
        { id: "missing", text: "x" },
      ]),
    ).rejects.toMatchObject({ code: "MEMORY_NOT_FOUND", ids: ["missing"] });
    expect(texts((await memory.list(alice)).memories).sort()).toEqual(["one", "two"]);
    const changed = await memory.scope(alice).updateMany([
      { id: one, text: "uno" },
      { id: two, metadata: { n: 2 } },
    ]);
    expect(changed.map(({ status }) => status)).toEqual(["updated", "updated"]);
    expect(texts((await memory.list(alice)).memories).sort()).toEqual(["two", "uno"]);
    expect(await memory.scope(alice).deleteMany([one, two, "missing"])).toMatchObject({ deleted: 2 });
  });

  it("closes a memory that another one replaces", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-01-01") });
    const memory = setUp();
    const old = (await memory.add("I work at Globex", alice)).results[0]?.id ?? "";
    vi.setSystemTime(new Date("2026-03-01"));
    const { results } = await memory.add("I work at Initech", { ...alice, supersedes: old });
    expect(results[0]).toMatchObject({ status: "superseded", supersedes: old });
    expect(texts((await memory.list(alice)).memories)).toEqual(["I work at Initech"]);
    expect(texts(await memory.search("Where do I work?", alice))).toEqual(["I work at Initech"]);
    expect(texts((await memory.list({ ...alice, asOf: "2026-02-01" })).memories)).toEqual([
      "I work at Globex",
    ]);
    expect(texts(await memory.search("Where do I work?", { ...alice, asOf: "2026-02-01" }))).toEqual([
      "I work at Globex",
    ]);
    expect(await memory.get(old, alice)).toMatchObject({
      validTo: new Date("2026-03-01"),
      supersededBy: results[0]?.id,
    });
    expect((await memory.history(old, alice)).map(({ event }) => event)).toEqual(["added", "superseded"]);
    // What was closed can become true again.
    expect((await memory.add("I work at Globex", alice)).results[0]).toMatchObject({ status: "added" });
    await expect(memory.add("x", { ...alice, supersedes: old })).rejects.toMatchObject({
      code: "MEMORY_NOT_FOUND",
    });
    await expect(memory.add("x", { orgId: "acme", supersedes: results[0]?.id ?? "" })).rejects.toMatchObject({
      code: "MEMORY_NOT_FOUND",
    });
  });

  it("no longer finds what has expired, and deletes it with a later write", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-01-01") });
    const store = make();
    const memory = new Memory({ store });
    const { results } = await memory.add("the code is 1234", { ...alice, expiresAt: "2026-01-02" });
    const id = results[0]?.id ?? "";
    await memory.add("I like tea", alice);
    expect((await memory.get(id, alice))?.expiresAt).toEqual(new Date("2026-01-02"));
    vi.setSystemTime(new Date("2026-01-02"));
    expect(await memory.get(id, alice)).toBeNull();
    expect(await memory.history(id, alice)).toEqual([]);
    expect(texts((await memory.list(alice)).memories)).toEqual(["I like tea"]);
    expect(texts(await memory.search("code 1234", alice))).toEqual(["I like tea"]);
    expect(texts((await memory.list({ ...alice, asOf: "2026-01-01T12:00:00Z" })).memories)).toEqual([
      "I like tea",
    ]);
    await expect(memory.update(id, { text: "x" }, alice)).rejects.toMatchObject({ code: "MEMORY_NOT_FOUND" });
    await memory.add("I like milk", alice);
    expect(await memory.deleteAll(alice)).toMatchObject({ deleted: 2 });
    expect((await memory.add("the code is 1234", alice)).results[0]?.status).toBe("added");
    const { results: again } = await memory.add("a passing thing", { ...alice, expiresAt: "2027-01-01" });
    await memory.update(again[0]?.id ?? "", { expiresAt: null }, alice);
    expect(await memory.get(again[0]?.id ?? "", alice)).not.toHaveProperty("expiresAt");
  });

  it("pages through everything once, newest first, while others write", async () => {
    const memory = setUp();
    const expected = Array.from({ length: 25 }, (_, index) => `memory ${index}`);
    for (const text of expected) await memory.add(text, alice);
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await memory.list({ ...alice, limit: 4, ...(cursor ? { cursor } : {}) });
      seen.push(...texts(page.memories));
      cursor = page.cursor;
      pages += 1;
      await memory.add(`a newer one ${pages}`, alice);
    } while (cursor);
    expect(seen).toEqual(expected.toReversed());
    expect(pages).toBe(7);
  });

  it("filters by metadata, with both sides of every comparison", async () => {
    const memory = setUp();
    await memory.add("a", {
      ...alice,
      metadata: { n: 5, tag: ["x", "y"], on: true, "odd key.with'\"": "v" },
    });
    await memory.add("b", { ...alice, metadata: { n: "5", tag: "x", on: false } });
    await memory.add("c", { ...alice, metadata: { n: 7.5, tag: [], nested: { n: 5 } } });
    await memory.add("d", alice);
    const matching = async (filter: import("@loci/core").MetadataFilter) =>
      texts((await memory.list({ ...alice, filter })).memories)
        .sort()
        .join("");
    expect(await matching({ n: 5 })).toBe("a");
    expect(await matching({ n: "5" })).toBe("b");
    expect(await matching({ n: { $ne: 5 } })).toBe("bcd");
    expect(await matching({ n: { $in: [5, "5"] } })).toBe("ab");
    expect(await matching({ n: { $nin: [5, "5"] } })).toBe("cd");
    expect(await matching({ n: { $gt: 5 } })).toBe("c");
    expect(await matching({ n: { $gte: 5 } })).toBe("ac");
    expect(await matching({ n: { $lt: 7.5 } })).toBe("a");
    expect(await matching({ n: { $gte: 5, $lte: 6 } })).toBe("a");
    expect(await matching({ $not: { n: { $gt: 5 } } })).toBe("abd");
    expect(await matching({ tag: "x" })).toBe("ab");
    expect(await matching({ tag: { $nin: ["x"] } })).toBe("cd");
    expect(await matching({ on: true })).toBe("a");
    expect(await matching({ on: { $exists: true } })).toBe("ab");
    expect(await matching({ on: { $exists: false } })).toBe("cd");
    expect(await matching({ $or: [{ n: 5 }, { n: 7.5 }] })).toBe("ac");
    expect(await matching({ $and: [{ tag: "x" }, { on: false }] })).toBe("b");
    expect(await matching({ $not: { $or: [{ n: 5 }, { tag: "x" }] } })).toBe("cd");
    expect(await matching({ "odd key.with'\"": "v" })).toBe("a");
    expect(await matching({ nested: "x" })).toBe("");
    expect(await matching({ n: 5, tag: "y", on: true })).toBe("a");
    expect(texts(await memory.search("a", { ...alice, filter: { n: "5" } }))).toEqual(["b"]);
  });

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

  it("forgets a deleted or changed message also where it was its neighbours' context", async () => {
    for (const embedder of [null, fakeLetterEmbedder()]) {
      const memory = new Memory({ store: make(), embedder });
      const conversation = ["My password is swordfish", "Understood", "Thanks"].map((content) => ({
        role: "user" as const,
        content,
      }));
      const { results } = await memory.add(conversation, alice);
      const [secret, understood] = results.map(({ id }) => id) as [string, string];
      const keywordHits = async (query: string) => {
        const found = await memory.search(query, { ...alice, explain: true });
        return texts(found.filter(({ explanation }) => explanation?.keyword));
      };
      expect(await keywordHits("swordfish")).toEqual(["My password is swordfish", "Understood"]);
      await memory.update(understood, { text: "Noted gladly" }, alice);
      expect(await keywordHits("understood")).toEqual([]);
      expect((await keywordHits("gladly")).sort()).toEqual([
        "My password is swordfish",
        "Noted gladly",
        "Thanks",
      ]);
      await memory.update(secret, { text: "My password is a secret" }, alice);
      expect(await keywordHits("swordfish")).toEqual([]);
      await memory.delete(secret, alice);
      expect(await keywordHits("password secret")).toEqual([]);
      expect((await keywordHits("gladly")).sort()).toEqual(["Noted gladly", "Thanks"]);
    }
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

  it("stops when it is told to, and stays usable", async () => {
    const memory = setUp();
    await memory.add("I like tea", alice);
    const { results } = await memory.add("I like milk", alice);
    const id = results[0]?.id ?? "";
    const signal = AbortSignal.abort(new Error("enough"));
    for (const call of [
      memory.add("never", { ...alice, signal }),
      memory.search("tea", { ...alice, signal }),
      memory.get(id, { ...alice, signal }),
      memory.list({ ...alice, signal }),
      memory.update(id, { text: "never" }, { ...alice, signal }),
      memory.delete(id, { ...alice, signal }),
      memory.deleteAll({ ...alice, signal }),
      memory.history(id, { ...alice, signal }),
      memory.organizations({ signal }),
      memory.organization("acme").offboard({ signal }),
      memory.organization("new").onboard({ signal }),
    ]) {
      await expect(call).rejects.toThrow("enough");
    }
    expect(texts((await memory.list(alice)).memories)).toEqual(["I like milk", "I like tea"]);
    // In the middle of the work: the embedder is told.
    const controller = new AbortController();
    const waiting = new Memory({
      store: make(),
      embedder: fakeLetterEmbedder({
        embed: (_, { signal: given }) =>
          new Promise((_resolve, reject) => {
            given?.addEventListener("abort", () => reject(given.reason));
            controller.abort(new Error("in the middle"));
          }),
      }),
    });
    await expect(waiting.add("never", { ...alice, signal: controller.signal })).rejects.toThrow(
      "in the middle",
    );
    expect((await waiting.list(alice)).memories).toEqual([]);
  });

  it("answers an organization that never was with nothing, and creates nothing for it", async () => {
    const memory = setUp();
    expect(await memory.search("anything", alice)).toEqual([]);
    expect(await memory.list(alice)).toEqual({ memories: [] });
    expect(await memory.scope(alice).getMany(["a", "b"])).toEqual([null, null]);
    expect(await memory.delete("a", alice)).toMatchObject({ deleted: 0 });
    expect(await memory.deleteAll(alice)).toMatchObject({ deleted: 0 });
    expect(await memory.history("a", alice)).toEqual([]);
    await expect(memory.update("a", { text: "b" }, alice)).rejects.toMatchObject({
      code: "MEMORY_NOT_FOUND",
    });
    await expect(memory.organization("acme").offboard()).rejects.toMatchObject({
      code: "ORGANIZATION_NOT_FOUND",
    });
    expect(await memory.organizations()).toEqual({ organizations: [] });
  });

  it("works without organizations", async () => {
    const memory = new Memory({ store: make(), tenancy: "single" });
    await memory.add("I like tea");
    await memory.add("Bob likes milk", { userId: "bob" });
    expect(texts(await memory.search("who likes what?"))).toEqual(["I like tea"]);
    expect(texts((await memory.scope({ userId: "bob" }).list()).memories)).toEqual([
      "Bob likes milk",
      "I like tea",
    ]);
    expect((await memory.list()).memories[0]?.scope).toEqual({});
    expect(await memory.organization().offboard()).toMatchObject({ orgId: null, memories: 2 });
    await expect(memory.add("late")).rejects.toMatchObject({ code: "ORGANIZATION_GONE" });
    await memory.organization().onboard();
    expect((await memory.list()).memories).toEqual([]);
  });
});
