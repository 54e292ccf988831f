import { join } from "node:path";
import { Memory } from "@loci/core";
import { namespaceKey, scopeFilter } from "@loci/core/store";
import { sqlite } from "@loci/sqlite";
import { fakeLookupEmbedder, makeData } from "./data.ts";
import { measureInTurns } from "./measure.ts";
import { openMem0 } from "./peers.ts";
import { bytes, fillVectors, openRaw } from "./raw.ts";
import { type Figure, milliseconds, ratioFigure, type Section } from "./report.ts";

const scope = { orgId: "acme", userId: "alice" };

/** Search in one organization, beside what one would write by hand and beside mem0ai's default store. */
export async function benchSearch(folder: string, count: number, withPeers: boolean): Promise<Section> {
  const { items, queries } = makeData(count, 60);
  const directory = join(folder, `search-${count}`);
  const store = sqlite({ directory });
  const memory = new Memory({ store, embedder: fakeLookupEmbedder([...items, ...queries]) });
  for (let start = 0; start < count; start += 1000) {
    // Each text a call of its own would be the same memories; a batch of unrelated ones has no context.
    const batch = items.slice(start, start + 1000).map(({ text }) => text);
    await memory.add(batch, scope);
  }
  const raw = openRaw(join(folder, `raw-${count}.db`));
  fillVectors(raw, items);
  const plain = raw.prepare(
    `select row, vec_distance_cosine(vector, ?) as distance from plain
     where user in ('', 'alice') and agent in ('') and run in ('') order by distance limit 10`,
  );
  const virtual = raw.prepare("select rowid, distance from virtual_table where vector match ? and k = 10");
  const query = (turn: number) => queries[turn % queries.length] as (typeof queries)[number];
  const key = namespaceKey({ kind: "organization", deployment: "default", orgId: "acme", generation: 1 });
  const namespace = await store.open({ key });
  const visible = scopeFilter({ userId: "alice" });
  const mem0 = withPeers ? await openMem0(join(folder, `mem0-${count}.db`), items) : undefined;

  const timings = await measureInTurns(
    {
      plain: (turn) => plain.all(bytes(query(turn).vector)),
      virtual: (turn) => virtual.all(bytes(query(turn).vector)),
      vectors: (turn) => namespace.search({ vector: query(turn).vector, scope: visible, limit: 10 }),
      loci: (turn) => memory.search(query(turn).text, scope),
      ...(mem0 ? { mem0: (turn: number) => mem0.search(query(turn).vector) } : {}),
    },
    40,
  );
  let found = 0;
  for (const { vector } of queries) {
    const truth = new Set(plain.all(bytes(vector)).map(({ row }) => items[Number(row) - 1]?.text));
    for (const { record } of await namespace.search({ vector, scope: visible, limit: 10 })) {
      const { revisions } = JSON.parse(record.payload) as { revisions: { text: string }[] };
      if (truth.has(revisions[0]?.text)) found += 1;
    }
  }
  await memory.close();
  raw.close();
  const time = (name: string) => timings[name] ?? { median: Number.NaN, low: 0, high: 0 };
  const figures: Figure[] = [
    { name: "raw sqlite-vec, plain scan with the scope's predicate", value: milliseconds(time("plain")) },
    { name: "raw sqlite-vec, vec0 without a scope", value: milliseconds(time("virtual")) },
    { name: "Loci's store, vectors only", value: milliseconds(time("vectors")) },
    { name: "Loci, memory.search with both arms", value: milliseconds(time("loci")) },
    ratioFigure("memory.search / plain scan", time("loci").median / time("plain").median, "at most", 1.2),
    {
      name: "store's vectors / vec0",
      value: `${(time("vectors").median / time("virtual").median).toFixed(2)} times`,
    },
    {
      name: "recall@10 of the store's vectors",
      value: (found / (10 * queries.length)).toFixed(4),
      aim: "at least 0.99",
      met: found / (10 * queries.length) >= 0.99,
    },
  ];
  if (mem0) {
    figures.push(
      { name: "mem0ai 3.3.1, default store", value: milliseconds(time("mem0")) },
      ratioFigure(
        "mem0ai / memory.search",
        time("mem0").median / time("loci").median,
        "at least",
        count === 10_000 ? 20 : 1,
      ),
    );
  }
  return { title: `Search, one organization of ${count} memories x 384 dimensions, k = 10`, figures };
}
