/**
 * Runs every benchmark, prints tables, and writes the figures as JSON. `--quick` leaves out what takes minutes. With `--base`, a
 * commit or the folder of another checkout, this one is measured beside that.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ollama as backend } from "@loci/backends";
import { inMemory, type VectorStore } from "@loci/core";
import { servers, type TestedServer } from "@loci/matrix/servers";
import { sqlite } from "@loci/sqlite";
import { benchAdd } from "./add.ts";
import { benchAgainst } from "./against/against.ts";
import { checkOut } from "./against/checkout.ts";
import { benchCells } from "./cells.ts";
import { benchEncryption } from "./encryption.ts";
import { benchManyOrganizations } from "./many-organizations.ts";
import { benchOffboard } from "./offboard.ts";
import { benchPauses } from "./pauses.ts";
import { benchPrompt } from "./prompt-tokens.ts";
import { printSection, type Section } from "./report.ts";
import { benchRetrieval } from "./retrieval.ts";
import { benchSearch } from "./search.ts";
import { benchServer } from "./servers.ts";
import { benchSize } from "./size.ts";
import { benchTransfer } from "./transfer.ts";

const quick = process.argv.includes("--quick");
const option = (name: string) =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(`--${name}=`.length);
const only = option("only");
const base = option("base");
const folder = mkdtempSync(join(tmpdir(), "loci-bench-"));

const installed = Object.entries(servers)
  .filter(([, { backend }]) => backend.isInstalled())
  .map(([name]) => name);

const benches: Record<string, () => Promise<Section>> = {
  "search-1k": () => benchSearch(folder, 1000, true),
  "search-10k": () => benchSearch(folder, 10_000, true),
  ...(quick ? {} : { "search-50k": () => benchSearch(folder, 50_000, false) }),
  organizations: () => benchManyOrganizations(folder, quick ? 500 : 10_000),
  add: () => benchAdd(folder, 10_000),
  offboard: () =>
    benchOffboard(sqlite({ directory: join(folder, "offboard") }), quick ? [500, 5000] : [500, 5000, 50_000]),
  cells: () =>
    benchCells(
      "SQLite",
      cellsOfSqlite(),
      sqlite({ directory: join(folder, "cells-directory") }),
      quick ? 500 : 10_000,
    ),
  transfer: () => benchTransfer(folder, quick ? 2000 : 10_000),
  encryption: () => benchEncryption(folder, quick ? 1000 : 5000),
  ...Object.fromEntries(
    (quick ? [2000] : [10_000, 100_000]).flatMap((count) => [
      [`pauses-${count / 1000}k-in-memory`, () => benchPauses("in memory", () => inMemory(), count)],
      [
        `pauses-${count / 1000}k-sqlite`,
        () =>
          benchPauses(
            "SQLite",
            (name) => sqlite({ directory: join(folder, `pauses-${count}`, name) }),
            count,
          ),
      ],
    ]),
  ),
  size: benchSize,
  prompt: () => benchPrompt(folder),
  ...(backend.isInstalled()
    ? { retrieval: async () => benchRetrieval(base === undefined ? undefined : checkOut(base, folder)) }
    : {}),
  ...Object.fromEntries(
    installed.flatMap((name) => [
      [`server-${name}`, () => benchServer(name, quick ? 2000 : 10_000, !quick)],
      [
        `offboard-${name}`,
        () =>
          onServer(name, async (url, server) =>
            benchOffboard(server.store(await server.prepare(url)), [500, 5000]),
          ),
      ],
    ]),
  ),
  ...(installed.includes("postgres")
    ? {
        "cells-postgres": () =>
          onServer("postgres", async (url, server) => {
            const stores: VectorStore[] = [];
            for (let cell = 0; cell < 4; cell++) stores.push(server.store(await server.prepare(url)));
            const directory = sqlite({ directory: join(folder, "cells-of-postgres") });
            return benchCells("PostgreSQL, four databases", stores, directory, quick ? 200 : 10_000);
          }),
      }
    : {}),
  ...(base === undefined ? {} : benchesAgainst(base)),
};

/** This checkout beside another one, on the embedded stores and on the servers that are installed. */
function benchesAgainst(base: string): Record<string, () => Promise<Section>> {
  let checkout: string | undefined;
  const on = (store: string, places: { readonly base: string; readonly present: string }) => {
    checkout ??= checkOut(base, folder);
    return benchAgainst(checkout, store, places, option("step") ?? "");
  };
  const folders = { base: join(folder, "against-base"), present: join(folder, "against-present") };
  return {
    "against-in-memory": () => on("in-memory", folders),
    "against-sqlite": () => on("sqlite", folders),
    ...Object.fromEntries(
      installed.map((name) => [
        `against-${name}`,
        () =>
          onServer(name, async (url, server) =>
            on(name, { base: await server.prepare(url), present: await server.prepare(url) }),
          ),
      ]),
    ),
  };
}

function cellsOfSqlite() {
  return [1, 2, 3, 4].map((at) => sqlite({ directory: join(folder, `cell-${at}`), maxOpenFiles: 64 }));
}

/** Measures on a server that is started for it. */
async function onServer(
  name: string,
  measure: (url: string, server: TestedServer) => Promise<Section>,
): Promise<Section> {
  const server = servers[name] as TestedServer;
  const own = await server.backend.start({ onDisk: true });
  try {
    return await measure(own.url, server);
  } finally {
    await own.stop();
  }
}

const sections: Section[] = [];
try {
  for (const [name, run] of Object.entries(benches)) {
    if (only && !name.startsWith(only)) continue;
    console.error(`Measuring ${name}.`);
    const section = await run();
    printSection(section);
    sections.push(section);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const results = fileURLToPath(new URL("../../../.cache/bench.json", import.meta.url));
mkdirSync(join(results, ".."), { recursive: true });
writeFileSync(
  results,
  JSON.stringify({ node: process.version, date: new Date().toISOString(), quick, sections }, null, 2),
);
console.log(`\nThe same as JSON: ${results}`);
