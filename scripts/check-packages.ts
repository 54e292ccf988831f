/** Packs every published package and lets publint and attw judge the tarballs, then checks what each package.json says. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const root = fileURLToPath(new URL("../", import.meta.url));
const packages = [
  ...readdirSync(join(root, "packages")).map((name) => join("packages", name)),
  "test-suites/conformance",
];
const folder = mkdtempSync(join(tmpdir(), "loci-pack-"));
const problems: string[] = [];

for (const name of packages) {
  const manifest = JSON.parse(readFileSync(join(root, name, "package.json"), "utf8"));
  const { status, stderr } = spawnSync("npx", ["-y", "pnpm@12.21.0", "pack", "--pack-destination", folder], {
    cwd: join(root, name),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${manifest.name} could not be packed: ${stderr}`);
  const file = readdirSync(folder).find((entry) => entry.endsWith(".tgz")) ?? "";
  const bytes = readFileSync(join(folder, file));
  rmSync(join(folder, file));
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);

  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  problems.push(
    ...messages.map((message) => `${manifest.name}: ${formatMessage(message, pkg, { color: false })}`),
  );

  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  if (!analysis.types) problems.push(`${manifest.name}: has no types`);
  // ESM only: that CommonJS and old resolvers cannot load it is meant.
  const meant = ["CJSResolvesToESM"];
  for (const problem of analysis.types ? analysis.problems : []) {
    const isOld = "resolutionKind" in problem && problem.resolutionKind === "node10";
    if (!isOld && !meant.includes(problem.kind))
      problems.push(`${manifest.name}: ${JSON.stringify(problem)}`);
  }
  console.log(`  ${manifest.name}: packed, ${(bytes.length / 1000).toFixed(1)} kB`);
}
rmSync(folder, { recursive: true, force: true });
for (const problem of problems) console.error(`  ${problem}`);
if (problems.length > 0) process.exit(1);
