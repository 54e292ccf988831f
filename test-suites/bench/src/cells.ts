import { Memory, type VectorStore } from "@loci/core";
import { fakeLookupEmbedder, makeData } from "./data.ts";
import { measureInTurns } from "./measure.ts";
import { milliseconds, type Section } from "./report.ts";

/** Many organizations over several cells: how evenly they lie, and what beginning and searching one costs. */
export async function benchCells(
  name: string,
  stores: readonly VectorStore[],
  registry: VectorStore,
  organizations: number,
): Promise<Section> {
  const { items, queries } = makeData(5, 20);
  const ceiling = Math.ceil(organizations / stores.length) + 10;
  const cells = Object.fromEntries(stores.map((store, at) => [`cell-${at + 1}`, { store, ceiling }]));
  const memory = new Memory({ cells, registry, embedder: fakeLookupEmbedder([...items, ...queries]) });
  const texts = items.map(({ text }) => text);
  const start = performance.now();
  const pending = Array.from({ length: organizations }, (_, at) => at).values();
  let begun = 0;
  const work = async () => {
    for (const at of pending) {
      await memory.add(texts, { orgId: `org-${at}` });
      begun += 1;
      if (begun % 1000 === 0) console.error(`  ${begun} of ${organizations} organizations`);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  const each = (performance.now() - start) / organizations;
  const counts: Record<string, number> = {};
  let cursor: string | undefined;
  do {
    const page = await memory.organizations({ limit: 1000, ...(cursor ? { cursor } : {}) });
    for (const { cell } of page.organizations) counts[cell] = (counts[cell] ?? 0) + 1;
    cursor = page.cursor;
  } while (cursor);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total !== organizations) throw new Error(`${total} of ${organizations} organizations are listed.`);
  const query = (turn: number) => queries[turn % queries.length]?.text ?? "";
  const timings = await measureInTurns(
    {
      used: (turn) => memory.search(query(turn), { orgId: `org-${turn % 20}` }),
      first: (turn) => memory.search(query(turn), { orgId: `org-${(turn * 37 + 100) % organizations}` }),
    },
    100,
    20,
  );
  await memory.close();
  const time = (which: string) => timings[which] ?? { median: Number.NaN, low: 0, high: 0 };
  return {
    title: `${organizations} organizations over ${stores.length} cells, ${name}`,
    figures: [
      {
        name: "organizations in each cell",
        value: Object.values(counts)
          .sort((a, b) => a - b)
          .join(", "),
      },
      { name: "beginning one with five memories, four at a time", value: `${each.toFixed(1)} ms` },
      { name: "a search in one of twenty in use", value: milliseconds(time("used")) },
      { name: "a search in one of all", value: milliseconds(time("first")) },
    ],
  };
}
