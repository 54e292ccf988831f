/** Runs every benchmark, prints tables, and writes the figures as JSON. `--quick` leaves out what takes minutes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ollama as backend } from "@loci/backends";
import { servers } from "@loci/matrix/servers";
import { benchAdd } from "./add.ts";
import { benchManyOrganizations } from "./many-organizations.ts";
import { benchOffboard } from "./offboard.ts";
import { benchPrompt } from "./prompt-tokens.ts";
import { printSection, type Section } from "./report.ts";
import { benchRetrieval } from "./retrieval.ts";
import { benchSearch } from "./search.ts";
import { benchServer } from "./servers.ts";
import { benchSize } from "./size.ts";
import { benchTransfer } from "./transfer.ts";

const quick = process.argv.includes("--quick");
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice("--only=".length);
const folder = mkdtempSync(join(tmpdir(), "loci-bench-"));

const benches: Record<string, () => Promise<Section>> = {
  "search-1k": () => benchSearch(folder, 1000, true),
  "search-10k": () => benchSearch(folder, 10_000, true),
  ...(quick ? {} : { "search-50k": () => benchSearch(folder, 50_000, false) }),
  organizations: () => benchManyOrganizations(folder, quick ? 500 : 10_000),
  add: () => benchAdd(folder, 10_000),
  offboard: () => benchOffboard(folder, quick ? [500, 5000] : [500, 5000, 50_000]),
  transfer: () => benchTransfer(folder, quick ? 2000 : 10_000),
  size: benchSize,
  prompt: () => benchPrompt(folder),
  ...(backend.isInstalled() ? { retrieval: benchRetrieval } : {}),
  ...Object.fromEntries(
    Object.entries(servers)
      .filter(([, { backend }]) => backend.isInstalled())
      .map(([name]) => [`server-${name}`, () => benchServer(name, quick ? 2000 : 10_000, !quick)]),
  ),
};

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
