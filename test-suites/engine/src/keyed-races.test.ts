import { chosenEffort } from "@loci/backends";
import type { VectorStore } from "@loci/core";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { allStores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const everything = { orgId: "acme", levels: "within", limit: 1000 } as const;

describe.each(allStores)("two processes and one key on $name", { timeout: 300_000 }, ({ make, share }) => {
  const rounds = Math.ceil(40 * share);
  const processesOn = (store: VectorStore) =>
    [1, 2].map(() => new Memory({ store, embedder: fakeLetterEmbedder() })) as [Memory, Memory];

  it("add it at once, and lose no text", async () => {
    const [first, second] = processesOn(make());
    for (let round = 0; round < rounds; round++) {
      const key = `round/${round}`;
      const texts = [1, 2, 3, 4].map((count) => `text ${count} of ${round}`);
      const done = await Promise.all(
        texts.map((text, index) => (index % 2 === 0 ? first : second).add(text, { ...alice, key })),
      );
      const results = done.flatMap((one) => one.results);
      expect(results.map(({ status }) => status).sort()).toEqual(["added", "updated", "updated", "updated"]);
      expect(new Set(results.map(({ id }) => id)).size).toBe(1);
      for (const memory of [first, second]) {
        const { memories } = await memory.list({ ...alice, keyPrefix: key });
        expect(memories.map((one) => one.key)).toEqual([key]);
        const history = await memory.history({ key }, alice);
        expect(history.map(({ text }) => text).sort()).toEqual(texts);
        expect(memories[0]?.text).toBe(history.at(-1)?.text);
      }
    }
    expect((await second.list(everything)).memories).toHaveLength(rounds);
  });

  it("add, update and delete it at once, and what is there afterwards is one memory without an old history", async () => {
    const [first, second] = processesOn(make());
    for (let round = 0; round < rounds; round++) {
      const key = `round/${round}`;
      await first.add("old", { ...alice, key });
      const [added, updated, { deleted }] = await Promise.all([
        first.add("new", { ...alice, key }),
        second.update({ key }, { metadata: { seen: true } }, alice).catch((error: unknown) => error),
        second.delete({ key }, alice),
      ]);
      expect(deleted).toBe(1);
      const history = (await second.history({ key }, alice)).map(({ text }) => text);
      const isAfter = added.results[0]?.status === "added";
      // Added after the deletion it is new, and before it is gone.
      expect(isAfter ? history[0] : history.length).toBe(isAfter ? "new" : 0);
      expect(history).not.toContain("old");
      if (updated instanceof Error) expect(updated).toMatchObject({ code: "MEMORY_NOT_FOUND" });
      expect((await first.list({ ...alice, keyPrefix: key })).memories).toHaveLength(isAfter ? 1 : 0);
    }
  });

  it("count together, many at once in each", async () => {
    const processes = processesOn(make());
    const each = chosenEffort().everyStore ? 20 : 8;
    const key = "counter";
    await Promise.all(
      processes.flatMap((memory, own) =>
        Array.from({ length: each }, (_, count) => memory.add(`${own} ${count}`, { ...alice, key })),
      ),
    );
    expect(await processes[0].history({ key }, alice)).toHaveLength(2 * each);
    expect((await processes[1].list(everything)).memories).toHaveLength(1);
  });
});
