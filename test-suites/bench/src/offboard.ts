import { Memory, type VectorStore } from "@loci/core";
import { fakeLookupEmbedder, makeData } from "./data.ts";
import type { Section } from "./report.ts";

/** Offboarding, for organizations of very different sizes. */
export async function benchOffboard(store: VectorStore, counts: readonly number[]): Promise<Section> {
  const { items } = makeData(Math.max(...counts), 1);
  const memory = new Memory({ store, embedder: fakeLookupEmbedder(items) });
  const times: number[] = [];
  for (const count of counts) {
    const orgId = `of-${count}`;
    for (let from = 0; from < count; from += 1000) {
      await memory.add(
        items.slice(from, Math.min(from + 1000, count)).map(({ text }) => text),
        { orgId },
      );
    }
    const start = performance.now();
    const receipt = await memory.organization(orgId).offboard();
    times.push(performance.now() - start);
    if (receipt.memories !== count) throw new Error(`The receipt says ${receipt.memories}, not ${count}.`);
  }
  await memory.close();
  const maxAttemptMs = Math.max(...times);
  return {
    title: `Offboarding, ${store.name}`,
    figures: [
      ...counts.map((count, index) => ({
        name: `${count} memories`,
        value: `${times[index]?.toFixed(1)} ms`,
      })),
      {
        name: "slowest",
        value: `${maxAttemptMs.toFixed(1)} ms`,
        aim: "under 1000 ms",
        met: maxAttemptMs < 1000,
      },
    ],
  };
}
