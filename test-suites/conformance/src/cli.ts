#!/usr/bin/env node
/** `npx @loci/conformance ./my-harness.ts [--seed N] [--effort N] [--path PATH] [--json FILE]`: exits with 0 for "isolated" only. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { ConformanceHarness } from "./harness.ts";
import { runConformance } from "./run-conformance.ts";

const usage =
  "Usage: npx @loci/conformance ./my-harness.ts [--seed N] [--effort N] [--path PATH] [--json FILE]";

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: "string" },
      effort: { type: "string" },
      path: { type: "string" },
      json: { type: "string" },
    },
  });
  const [file] = positionals;
  if (!file || positionals.length > 1) {
    console.error(usage);
    return 2;
  }
  const { harness } = (await import(pathToFileURL(resolve(file)).href)) as { harness?: ConformanceHarness };
  if (typeof harness?.create !== "function") {
    console.error(
      `${file} exports no harness: export const harness = { name: "my store", create: async () => ({ store, dispose }) }`,
    );
    return 2;
  }
  const numberOf = (name: "seed" | "effort") =>
    values[name] === undefined ? {} : { [name]: Number(values[name]) };
  const report = await runConformance(harness, {
    ...numberOf("seed"),
    ...numberOf("effort"),
    ...(values.path === undefined ? {} : { path: values.path }),
    onResult: ({ id, outcome, detail, milliseconds }) => {
      console.log(`${outcome.padEnd(12)} ${id} (${milliseconds} ms)`);
      if (outcome === "failed") console.log(`             ${detail}`);
    },
  });
  for (const problem of report.problems) console.log(`problem      ${problem}`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  const missed = report.notLookedAt.length > 0 ? `; not looked at: ${report.notLookedAt.join(", ")}` : "";
  console.log(`\n${report.name}: ${report.verdict} (seed ${report.seed}, effort ${report.effort})${missed}`);
  return report.verdict === "isolated" ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  console.error(usage);
  return 2;
});
