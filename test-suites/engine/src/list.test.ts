import { Memory } from "@loci/core";
import { describe, expect, it } from "vitest";
import { engineStores, findsWords } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text);

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of iterable) found.push(one);
  return found;
}

describe.each(engineStores.filter(findsWords))("list on $name", { timeout: 300_000 }, ({ make }) => {
  const setUp = () => new Memory({ store: make() });

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

  it("goes through everything without pages, and reads no further than is asked for", async () => {
    const memory = setUp();
    const expected = Array.from({ length: 11 }, (_, index) => `memory ${index}`);
    await memory.add(expected, alice);
    const scope = memory.scope(alice);
    let pages = 0;
    memory.subscribe(({ operation }) => {
      if (operation === "list") pages += 1;
    });
    expect(texts(await all(scope.listAll({ limit: 4 })))).toEqual(expected.toReversed());
    expect(pages).toBe(3);
    for await (const { text } of scope.listAll({ limit: 4 })) if (text === "memory 10") break;
    expect(pages).toBe(4);
    expect(await all(scope.listAll({ filter: { no: "such" } }))).toEqual([]);
    expect(await all(memory.scope({ orgId: "never" }).listAll())).toEqual([]);
    expect(() => scope.listAll({ limt: 4 } as object)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT" }),
    );
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
});
