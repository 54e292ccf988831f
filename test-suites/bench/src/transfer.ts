import { join } from "node:path";
import { Memory } from "@loci/core";
import { fileKeys, sqlite } from "@loci/sqlite";
import { fakeLookupEmbedder, type Item, makeData } from "./data.ts";
import type { Section } from "./report.ts";

/** How fast an organization leaves, comes back, moves and is re-embedded, with its vectors. */
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
  for await (const chunk of await memory.organization("acme").export()) chunks.push(new Uint8Array(chunk));
  const exporting = performance.now() - start;
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  start = performance.now();
  const { imported } = await memory.organization("copy").import(new Blob(chunks).stream(), {
    from: "acme",
  });
  const importing = performance.now() - start;
  if (imported !== count) throw new Error(`${imported} of ${count} memories were imported.`);
  await memory.close();
  const migrations = await migrate(folder, items);
  const rate = (time: number) => `${Math.round((count / time) * 1000)} memories a second`;
  const paused = (time: number) => `writes wait ${(time / 1000).toFixed(1)} s`;
  return {
    title: `Export, import, move and re-embedding, ${count} memories x 384 dimensions, SQLite`,
    figures: [
      { name: "export", value: `${rate(exporting)}, ${(bytes / count / 1000).toFixed(1)} kB each` },
      { name: "import", value: rate(importing) },
      ...migrations.map(({ name, time, pause }) => ({ name, value: `${rate(time)}, ${paused(pause)}` })),
    ],
  };
}

/** What an organization of many memories goes through while it is used; the embedder answers at once. */
async function migrate(
  folder: string,
  items: readonly Item[],
): Promise<readonly { readonly name: string; readonly time: number; readonly pause: number }[]> {
  const store = (name: string) => sqlite({ directory: join(folder, name) });
  const cells = { one: { store: store("cell-one") } };
  const registry = store("cells");
  const embedder = fakeLookupEmbedder(items);
  const first = new Memory({ cells, registry, embedder });
  for (let from = 0; from < items.length; from += 1000) {
    await first.add(
      items.slice(from, from + 1000).map(({ text }) => text),
      { orgId: "acme" },
    );
  }
  const other = {
    ...embedder,
    id: "fake-other",
    describe: async () => ({ ...(await embedder.describe()), id: "fake-other" }),
  };
  const options = {
    cells: { ...cells, two: { store: store("cell-two") } },
    registry,
    embedder: other,
    formerEmbedders: [embedder],
  };
  const memory = new Memory(options);
  const encrypting = new Memory({ ...options, keys: fileKeys({ directory: join(folder, "keys") }) });
  const timed = async (name: string, run: () => Promise<{ copied: number; paused: number }>) => {
    const start = performance.now();
    const { copied, paused } = await run();
    if (copied !== items.length) throw new Error(`${copied} of ${items.length} memories were copied.`);
    return { name, time: performance.now() - start, pause: paused };
  };
  const move = await timed("move", () => memory.organization("acme").move({ to: { cell: "two" } }));
  const reembed = await timed("re-embed", () => memory.organization("acme").reembed());
  await memory.organization("acme").confirm();
  const encrypt = await timed("encrypt", () => encrypting.organization("acme").rotateKey());
  const rotate = await timed("change the key", () => encrypting.organization("acme").rotateKey());
  await memory.close();
  return [move, reembed, encrypt, rotate];
}
