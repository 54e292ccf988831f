import { join } from "node:path";
import { Memory } from "@loci/core";
import { fileKeys, sqlite } from "@loci/sqlite";
import { fakeLookupEmbedder, makeData } from "./data.ts";
import { measureInTurns } from "./measure.ts";
import { milliseconds, ratioFigure, type Section } from "./report.ts";

/** What keys cost: adding and searching with them and without, in turns. */
export async function benchEncryption(folder: string, count: number): Promise<Section> {
  const { items, queries } = makeData(count, 60);
  const embedder = fakeLookupEmbedder([...items, ...queries]);
  const open = (name: string, options: object) =>
    new Memory({ store: sqlite({ directory: join(folder, name) }), embedder, ...options });
  const memories = {
    plain: open("plain", {}),
    encrypted: open("encrypted", { keys: fileKeys({ directory: join(folder, "keys") }) }),
  };
  const texts = items.map(({ text }) => text);
  const adding = { plain: 0, encrypted: 0 };
  for (let from = 0; from < count; from += 500) {
    for (const which of ["plain", "encrypted"] as const) {
      const start = performance.now();
      await memories[which].add(texts.slice(from, from + 500), { orgId: "acme" });
      adding[which] += performance.now() - start;
    }
  }
  const query = (turn: number) => queries[turn % queries.length]?.text ?? "";
  const timings = await measureInTurns(
    {
      plain: (turn) => memories.plain.search(query(turn), { orgId: "acme" }),
      encrypted: (turn) => memories.encrypted.search(query(turn), { orgId: "acme" }),
    },
    200,
    60,
  );
  for (const memory of Object.values(memories)) await memory.close();
  const time = (which: string) => timings[which] ?? { median: Number.NaN, low: 0, high: 0 };
  const each = (total: number) => `${(total / count).toFixed(3)} ms a memory`;
  return {
    title: `Encryption, ${count} memories x 384 dimensions, SQLite`,
    figures: [
      { name: "adding without keys", value: each(adding.plain) },
      { name: "adding with keys", value: each(adding.encrypted) },
      { name: "searching without keys", value: milliseconds(time("plain")) },
      { name: "searching with keys", value: milliseconds(time("encrypted")) },
      ratioFigure(
        "searching with / without",
        time("encrypted").median / time("plain").median,
        "at most",
        1.5,
      ),
    ],
  };
}
