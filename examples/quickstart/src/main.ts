/** The quickstart: each act is a process of its own, so that what the next one finds really came from the disk. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chooseModels } from "./choose-models.ts";

const keep = process.argv.includes("--keep");
const withOllama = process.argv.includes("--ollama");
const unknown = process.argv.slice(2).find((argument) => !["--keep", "--ollama"].includes(argument));
if (unknown) {
  console.error(
    `Unknown argument ${unknown}. There are --ollama, which uses the models of a local Ollama, and --keep, which leaves the database and says where it is.`,
  );
  process.exit(2);
}
const models = withOllama ? await chooseModels() : undefined;
if (typeof models === "string") {
  console.error(models);
  process.exit(1);
}
if (models)
  console.log(`With ${models.LOCI_QUICKSTART_EMBEDDER} and ${models.LOCI_QUICKSTART_MODEL} of Ollama.`);

const directory = mkdtempSync(join(tmpdir(), "loci-quickstart-"));
const acts = ["first-day", "next-day", "farewell", "single-user", ...(models ? ["conversation"] : [])];
let failed = false;
try {
  for (const act of acts) {
    const file = fileURLToPath(new URL(`./${act}.ts`, import.meta.url));
    const { status } = spawnSync(process.execPath, [...process.execArgv, file, directory], {
      stdio: "inherit",
      env: { ...process.env, ...models },
    });
    failed = status !== 0;
    if (failed) break;
  }
} finally {
  if (keep) console.log(`\nThe database is in ${directory}: one file for each organization still with us.`);
  else rmSync(directory, { recursive: true, force: true });
}
console.log(
  failed
    ? "\nThe quickstart failed: see above."
    : `\nEverything above was asserted, not only printed${models ? ", but for what the model made of the conversation" : ""}.`,
);
process.exit(failed ? 1 : 0);
