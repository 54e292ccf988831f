import { Memory } from "@loci/core";
import { describe, expect, it } from "vitest";
import { engineStores } from "./stores.ts";

describe.each(engineStores)("cursors and ids on $name", { timeout: 300_000 }, ({ make }) => {
  it("tell nothing of how much others have written", async () => {
    const lengths = new Set<number>();
    for (const others of [0, 2000]) {
      const memory = new Memory({ store: make() });
      if (others > 0) {
        const bob = memory.scope({ orgId: "acme", userId: "bob" });
        for (let start = 0; start < others; start += 500)
          await bob.add(Array.from({ length: 500 }, (_, index) => `${start + index}`));
      }
      const alice = memory.scope({ orgId: "acme", userId: "alice" });
      await alice.add(["one", "two", "three"]);
      const texts: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await alice.list({ limit: 1, ...(cursor === undefined ? {} : { cursor }) });
        texts.push(...page.memories.map(({ text }) => text));
        cursor = page.cursor;
        if (cursor === undefined) continue;
        lengths.add(cursor.length);
        // Nothing that can be read, and nothing within it.
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(Buffer.from(cursor, "base64url").toString("latin1")).not.toMatch(/\d{6}/);
      } while (cursor !== undefined);
      expect(texts).toEqual(["three", "two", "one"]);
      await memory.close();
    }
    expect(lengths.size).toBe(1);
  });

  it("differ between organizations, and stay within one", async () => {
    const memory = new Memory({ store: make() });
    const idAt = async (orgId: string) =>
      (await memory.add("a text", { orgId, userId: "alice" })).results[0]?.id;
    const [acme, rival] = [await idAt("acme"), await idAt("rival")];
    expect(acme).not.toBe(rival);
    expect(await idAt("acme")).toBe(acme);
    const dump = await memory.organization("acme").export();
    const restored = new Memory({ store: make() });
    await restored.organization("acme").import(dump);
    const again = await restored.add("a text", { orgId: "acme", userId: "alice" });
    expect(again.results).toEqual([{ status: "unchanged", id: acme, text: "a text" }]);
  });
});
