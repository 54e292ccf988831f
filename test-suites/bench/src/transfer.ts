import { join } from "node:path";
import { Memory } from "@loci/core";
import { sqlite } from "@loci/sqlite";
import { fakeLookupEmbedder, makeData } from "./data.ts";
import type { Section } from "./report.ts";

/** How fast an organization leaves and comes back, with its vectors. */
export async function benchTransfer(folder: string, count: number): Promise<Section> {
  const { items } = makeData(count, 1);
  const memory = new Memory({
    store: sqlite({ directory: join(folder, "transfer") }),
    embedder: fakeLookupEmbedder(items),
  });
  for (let from = 0; from < count; from += 1000) {
    await memory.add(
      items.slice(from, from + 1000).map(({ text }) => text),
      { orgId: "acme" },
    );
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let start = performance.now();
  for await (const chunk of await memory.exportOrganization({ orgId: "acme" }))
    chunks.push(new Uint8Array(chunk));
  const exporting = performance.now() - start;
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  start = performance.now();
  const { imported } = await memory.importOrganization(new Blob(chunks).stream(), {
    orgId: "acme",
    as: "copy",
  });
  const importing = performance.now() - start;
  if (imported !== count) throw new Error(`${imported} of ${count} memories were imported.`);
  await memory.close();
  const rate = (time: number) => `${Math.round((count / time) * 1000)} memories a second`;
  return {
    title: `Export and import, ${count} memories x 384 dimensions, SQLite`,
    figures: [
      { name: "export", value: `${rate(exporting)}, ${(bytes / count / 1000).toFixed(1)} kB each` },
      { name: "import", value: rate(importing) },
    ],
  };
}
