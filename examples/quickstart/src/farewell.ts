import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Memory } from "loci";
import { rival } from "./memories.ts";
import { embedder } from "./models.ts";
import { directory, finds, isRefused, say, title } from "./narrate.ts";

/** The files of a namespace, each with a digest of its bytes. */
function filesOf(namespace: string): readonly (readonly [name: string, digest: string])[] {
  const names = readdirSync(directory).filter((name) => name.startsWith(namespace));
  return names.map((name) => {
    const bytes = readFileSync(join(directory, name));
    return [name, createHash("sha256").update(bytes).digest("hex")] as const;
  });
}

title("4. Acme leaves");
const planning = new Memory({ directory, embedder });
const acmes = (await planning.organization("acme").planOffboarding()).namespace;
const rivals = (await planning.organization("rival").planOffboarding()).namespace;
await planning.close();
const before = filesOf(rivals);
assert.equal(filesOf(acmes).length, 1);
assert.equal(before.length, 1);

const memory = new Memory({ directory, embedder });
const receipt = await memory.organization("acme").offboard();
say(`receipt: ${JSON.stringify(receipt, null, 2).replaceAll("\n", "\n  ")}`);
assert.equal(receipt.memories, 5);
assert.deepEqual(receipt.residue, []);

await isRefused("A late write", memory.scope({ orgId: "acme" }).add("one more thing"), "ORGANIZATION_GONE");
await isRefused(
  "A late read",
  memory.scope({ orgId: "acme", userId: "alice" }).search("Atlas"),
  "ORGANIZATION_GONE",
);
await memory.close();

assert.deepEqual(filesOf(acmes), []);
say("Acme's files are gone from the disk.");
assert.deepEqual(filesOf(rivals), before);
say("Rival's file is what it was, byte by byte.");

const after = new Memory({ directory, embedder });
finds(
  "Rival",
  (await after.scope({ orgId: "rival" }).list({ levels: "within" })).memories,
  Object.values(rival),
);
await after.close();
