import { expect, it, onTestFinished, vi } from "vitest";
import { Memory } from "../memory.ts";
import { inMemory } from "../store/in-memory-store.ts";

const acme = { orgId: "acme" };

it("sweeps a conversation of any length, some of it with each write", { timeout: 60_000 }, async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-01-01") });
  onTestFinished(() => void vi.useRealTimers());
  const memory = new Memory({ store: inMemory() });
  // Each names the one before it. So the last of a hundred always has one beside it that is not swept yet.
  const texts = Array.from({ length: 9000 }, (_, index) => `remark ${index}`);
  await memory.add(texts, { ...acme, expiresAt: "2026-01-02" });
  vi.setSystemTime(new Date("2026-01-03"));
  for (let write = 0; write < 3; write++) await memory.add(`note ${write}`, acme);
  const { memories } = await memory.list(acme);
  expect(memories.map(({ text }) => text)).toEqual(["note 2", "note 1", "note 0"]);
});
