import { inMemory, Memory } from "@loci/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { engineStores, findsWords } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text);

afterEach(() => vi.useRealTimers());

it("keeps a bounded history: the first revision, the last ones, and how many there were", async () => {
  const memory = new Memory({ store: inMemory() });
  const { results } = await memory.add("version 1", alice);
  const id = results[0]?.id ?? "";
  for (let version = 2; version <= 150; version++)
    await memory.update(id, { text: `version ${version}` }, alice);
  const history = await memory.history(id, alice);
  expect(history).toHaveLength(100);
  expect(history[0]).toMatchObject({ revision: 1, text: "version 1" });
  expect(history[1]).toMatchObject({ revision: 52, text: "version 52" });
  expect(history.at(-1)).toMatchObject({ revision: 150, text: "version 150" });
  expect(await memory.get(id, alice)).toMatchObject({ revision: 150 });
  const long = "x".repeat(60_000);
  for (let version = 0; version < 12; version++)
    await memory.update(id, { text: `${long}${version}` }, alice);
  const texts = (await memory.history(id, alice)).map(({ text }) => text.length);
  expect(texts.reduce((sum, length) => sum + length)).toBeLessThan(600_000);
  const dump = await new Response(await memory.organization("acme").export()).arrayBuffer();
  const copy = new Memory({ store: inMemory() });
  await copy.organization("acme").import(new Blob([dump]).stream());
  expect(await copy.get(id, alice)).toMatchObject({ revision: 162 });
});

describe.each(engineStores.filter(findsWords))("update on $name", { timeout: 300_000 }, ({ make }) => {
  const setUp = () => new Memory({ store: make() });

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
});
