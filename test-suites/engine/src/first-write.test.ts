import { inMemory, type VectorStore } from "@loci/core";
import { Memory, shortTimings } from "@loci/core/testing";
import { expect, it } from "vitest";
import { type BeforeCall, tellCalls } from "./foreign-calls.ts";

const alice = { orgId: "acme", userId: "alice" };
// What the writer reads in the registry holds for longer than its write takes.
const timings = { ...shortTimings, lease: 150 };

it("keeps a first write beside another process that onboards the organization and moves it", {
  timeout: 300_000,
}, async () => {
  for (let at = 1, isOver = false; !isOver; at++) {
    const [here, there, registry] = [inMemory(), inMemory(), inMemory()];
    const open = (before: BeforeCall) => {
      const tell = (store: VectorStore) => tellCalls({ store }, before).store;
      const cells = { here: { store: tell(here) }, there: { store: tell(there) } };
      return new Memory({ cells, registry: tell(registry), embedder: null }, timings);
    };
    await open(() => {}).add("a zebra", { orgId: "another" });
    const looked = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    let asked = 0;
    const writer = open(() => {
      asked += 1;
      if (asked !== 2) return;
      return () => {
        looked.resolve();
        return goOn.promise;
      };
    });
    const adding = writer.add("a boat", alice);
    // The writer has found no organization, and is about to onboard it.
    await looked.promise;
    let moved = Number.NEGATIVE_INFINITY;
    const mover = open(async () => {
      moved += 1;
      if (moved !== at) return;
      goOn.resolve();
      await Promise.race([adding, new Promise((resolve) => setTimeout(resolve, 50))]);
    });
    await mover.add("an oar", alice);
    const [found] = (await mover.organizations()).organizations;
    moved = 0;
    await mover.organization("acme").move({ to: { cell: found?.cell === "here" ? "there" : "here" } });
    isOver = moved < at;
    goOn.resolve();
    await adding;
    const { memories } = await open(() => {}).list(alice);
    expect(memories.map(({ text }) => text).sort(), `at call ${at}`).toEqual(["a boat", "an oar"]);
  }
});
