import { Memory } from "@loci/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { engineStores, findsWords } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text);

afterEach(() => vi.useRealTimers());

describe.each(engineStores.filter(findsWords))("expiry on $name", { timeout: 300_000 }, ({ make }) => {
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
});
