/** The quickstart: each act is a process of its own, so that what the next one finds really came from the disk. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chooseModels } from "./choose-models.ts";
import { endWithReader, readerLeft } from "./closed-pipe.ts";

// scripts/run.mjs explains these options, and refuses misspelt ones.
const { keep, ollama } = parseArgs({
  options: { keep: { type: "boolean" }, ollama: { type: "boolean" } },
}).values;
endWithReader();

const models = ollama ? await chooseModels() : undefined;
if (typeof models === "string") {
  console.error(models);
  process.exit(1);
}
if (models)
  console.log(`With ${models.LOCI_QUICKSTART_EMBEDDER} and ${models.LOCI_QUICKSTART_MODEL} of Ollama.\n`);

const directory = mkdtempSync(join(tmpdir(), "loci-quickstart-"));
if (!keep) process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

const acts = ["first-day", "next-day", "farewell", "single-user", ...(models ? ["conversation"] : [])];
let failed = false;
for (const act of acts) {
  const file = fileURLToPath(new URL(`./${act}.ts`, import.meta.url));
  const { status } = spawnSync(process.execPath, [...process.execArgv, file, directory], {
    stdio: "inherit",
    env: { ...process.env, ...models },
  });
  if (status === readerLeft) process.exit(readerLeft);
  console.log();
  failed = status !== 0;
  if (failed) break;
}
if (keep) console.log(`The database is in ${directory}: one file for each organization still with us.\n`);
console.log(
  failed
    ? "The quickstart failed: see above."
    : `Everything above was asserted, not only printed${models ? ", but for what the model made of the conversation" : ""}.`,
);
process.exitCode = failed ? 1 : 0;
