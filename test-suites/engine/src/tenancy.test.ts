import { Memory } from "@loci/core";
import { describe, expect, it } from "vitest";
import { engineStores, findsWords } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text);

describe.each(engineStores.filter(findsWords))("tenancy on $name", { timeout: 300_000 }, ({ make }) => {
  const setUp = () => new Memory({ store: make() });

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
