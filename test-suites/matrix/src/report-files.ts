import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ConformanceReport } from "@loci/conformance";

const folder = fileURLToPath(new URL("../reports", import.meta.url));

/** Every report there is, in the order of the stores' names. */
export function readReports(): readonly ConformanceReport[] {
  return globSync("*/*.json", { cwd: folder })
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as ConformanceReport);
}

/** Keeps a report as `reports/<adapter>/<backend version>.json`, and returns the name of the file. */
export function writeReport(report: ConformanceReport): string {
  const adapter = basename(report.name);
  const version = [report.backend?.name, report.backend?.version].join("-").toLowerCase();
  const name = join(adapter, `${version.replaceAll(/[^a-z0-9.]+/g, "-")}.json`);
  mkdirSync(join(folder, dirname(name)), { recursive: true });
  writeFileSync(join(folder, name), `${JSON.stringify(report, null, 2)}\n`);
  return name;
}
