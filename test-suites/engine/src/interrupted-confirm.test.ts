import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { tellCalls } from "./foreign-calls.ts";
import { fakeLetterEmbedder, fakeWideEmbedder } from "./letter-embedder.ts";
import { engineStores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };

describe.each(engineStores)("a confirmation that breaks off on $name", { timeout: 60_000 }, ({ make }) => {
  it("leaves an organization that can be used, and is done again", async () => {
    const store = make();
    const [old, wide] = [fakeLetterEmbedder(), fakeWideEmbedder()];
    await new Memory({ store, embedder: old }).add("a boat", alice);
    const parts = { store, embedder: wide, formerEmbedders: [old] };
    const caller = new AbortController();
    const told = tellCalls(parts, (name) => (name === "store.drop" ? () => caller.abort() : undefined));
    const memory = new Memory({ ...told, formerEmbedders: [old] });
    await memory.organization("acme").reembed();
    const { signal } = caller;
    await expect(memory.organization("acme").confirm({ signal })).rejects.toThrow(/abort/);

    for (const process of [memory, new Memory(parts)]) {
      await process.add("an oar", alice);
      const { memories } = await process.list(alice);
      expect(memories.map(({ text }) => text).sort()).toEqual(["a boat", "an oar"]);
    }
    expect(await memory.organization("acme").confirm()).toMatchObject({ kind: "reembed" });
    expect((await new Memory(parts).list(alice)).memories).toHaveLength(2);
  });
});
