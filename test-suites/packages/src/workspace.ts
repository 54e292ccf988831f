import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export const root: string = fileURLToPath(new URL("../../../", import.meta.url));

/** A package.json, as far as the tests look at it. */
export interface PackageManifest {
  readonly name: string;
  readonly [field: string]: unknown;
}

/** The published packages. */
export const packages: readonly { readonly folder: string; readonly manifest: PackageManifest }[] = [
  ...readdirSync(join(root, "packages")).map((name) => join("packages", name)),
  "test-suites/conformance",
].map((name) => {
  const folder = join(root, name);
  return {
    folder,
    manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageManifest,
  };
});

/** A folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "loci-packages-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a command to its end and returns what it printed. Throws with everything it said when it fails. */
export function run(command: string, parameters: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, {
    cwd,
    encoding: "utf8",
    env: {
      ...process.env,
      NODE_OPTIONS: "",
      npm_config_loglevel: "error",
      // Whatever `node` means outside, here it is the one that runs the tests.
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    },
  });
  if (error) throw error;
  if (status !== 0)
    throw new Error(`${command} ${parameters.join(" ")} ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
}
