import { inMemory } from "@loci/core";
import { Memory, shortTimings } from "@loci/core/testing";
import { expect, it } from "vitest";
import { type BeforeCall, tellCalls } from "./foreign-calls.ts";
import { fakeLetterEmbedder, fakeWideEmbedder } from "./letter-embedder.ts";

const alice = { orgId: "acme", userId: "alice" };
const say = (content: string) => ({ role: "user", content }) as const;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

it.each([
  {
    does: "deletes the message before it",
    of: 0,
    change: (memory: Memory, id: string) => memory.delete(id, alice),
  },
  {
    does: "changes it",
    of: 1,
    change: (memory: Memory, id: string) => memory.update(id, { text: "an oar" }, alice),
  },
])(
  "what another process has deleted before a switch stays so beside a call that $does",
  {
    timeout: 300_000,
  },
  async ({ of, change }) => {
    for (let at = 1, isOver = false; !isOver; at++) {
      const [old, wide] = [fakeLetterEmbedder(), fakeWideEmbedder()];
      const store = inMemory();
      const first = new Memory({ store, embedder: old });
      const { results } = await first.add([say("a zebra"), say("a boat")], { ...alice, infer: false });
      const ids = results.map(({ id }) => id);
      const parts = { store, embedder: wide, formerEmbedders: [old] };
      const other = new Memory(parts);
      let seen = 0;
      const before: BeforeCall = async () => {
        seen += 1;
        // It relies no more on what it has read of the organization.
        if (seen < at) await pause(shortTimings.lease + 5);
        if (seen !== at) return;
        await other.delete(ids[1] ?? "", alice);
        await other.organization("acme").reembed();
      };
      const told = tellCalls({ store, embedder: wide }, before);
      const writer = new Memory({ ...told, formerEmbedders: [old] });
      await change(writer, ids[of] ?? "").catch(() => {});
      isOver = seen < at;
      const { memories } = await new Memory(parts).list(alice).catch(() => ({ memories: [] }));
      if (!isOver) expect(memories.map(({ text }) => text).includes("a boat"), `at call ${at}`).toBe(false);
      if (!isOver) expect(memories.map(({ text }) => text).includes("an oar"), `at call ${at}`).toBe(false);
    }
  },
);
