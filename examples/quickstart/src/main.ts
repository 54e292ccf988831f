/** The quickstart: each act is a process of its own, so that what the next one finds really came from the disk. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const keep = process.argv.includes("--keep");
const unknown = process.argv.slice(2).find((argument) => argument !== "--keep");
if (unknown) {
  console.error(
    `Unknown argument ${unknown}. There is --keep, which leaves the database and says where it is.`,
  );
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), "loci-quickstart-"));
const acts = ["first-day", "next-day", "farewell", "single-user"];
let failed = false;
try {
  for (const act of acts) {
    const file = fileURLToPath(new URL(`./${act}.ts`, import.meta.url));
    const { status } = spawnSync(process.execPath, [...process.execArgv, file, directory], {
      stdio: "inherit",
    });
    failed = status !== 0;
    if (failed) break;
  }
} finally {
  if (keep) console.log(`\nThe database is in ${directory}: one file for each organization still with us.`);
  else rmSync(directory, { recursive: true, force: true });
}
console.log(
  failed ? "\nThe quickstart failed: see above." : "\nEverything above was asserted, not only printed.",
);
process.exit(failed ? 1 : 0);
