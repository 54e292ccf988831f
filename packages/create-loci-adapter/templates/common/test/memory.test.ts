import { Memory } from "@loci/core";
import { expect, it } from "vitest";
import { harness } from "./harness.ts";

it("remembers, and keeps organizations apart", async () => {
  const { store, dispose } = await harness.create();
  const memory = new Memory({ store, embedder: null });
  await memory.add("I take my coffee black", { orgId: "acme", userId: "alice" });
  const [found] = await memory.search("coffee", { orgId: "acme", userId: "alice" });
  expect(found?.text).toBe("I take my coffee black");
  expect(await memory.search("coffee", { orgId: "rival", userId: "alice" })).toEqual([]);
  await memory.close();
  await dispose();
});
