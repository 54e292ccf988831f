import { Memory } from "@loci/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { engineStores, findsWords } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text);

afterEach(() => vi.useRealTimers());

describe.each(engineStores.filter(findsWords))("add on $name", { timeout: 300_000 }, ({ make }) => {
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
});
