/** `npm run matrix [-- NAME ...]`: runs the suite on every store, or on those named, and writes the reports. */
import { missing, type StoreName, storeNames } from "@loci/backends";
import { runConformance } from "@loci/conformance";
import { writeReport } from "./report-files.ts";
import { loadSubject } from "./subjects.ts";

const names = process.argv.slice(2);
const unknown = names.filter((name) => !storeNames.includes(name as StoreName));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(", ")}. There are: ${storeNames.join(", ")}.`);
  process.exit(2);
}
for (const name of storeNames) {
  if (names.length > 0 && !names.includes(name)) continue;
  const { backend, harness, stop } = await loadSubject(name);
  const reason = backend && missing(backend);
  if (reason) {
    console.error(`${name}: not run. ${reason}`);
    process.exitCode = 1;
    continue;
  }
  const report = await runConformance(harness);
  await stop();
  const failed = report.results.filter(({ outcome }) => outcome === "failed");
  for (const { id, detail } of failed) console.error(`  failed ${id}: ${detail}`);
  for (const problem of report.problems) console.error(`  ${problem}`);
  console.log(`${name}: ${report.verdict}${report.backend ? `, reports/${writeReport(report)}` : ""}`);
  if (failed.length > 0 || report.problems.length > 0) process.exitCode = 1;
}
