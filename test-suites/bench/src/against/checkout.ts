import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("../../../..", import.meta.url));

/**
 * The folder of another checkout of Loci: the one that is named, or a clone of this repository at a commit, made in a folder that
 * the caller removes. Its packages are installed as it asks for them.
 */
export function checkOut(base: string, folder: string): string {
  if (existsSync(join(base, "packages/core"))) return resolve(base);
  const clone = join(folder, "base");
  console.error(`Checking out ${base}, and installing what it needs.`);
  const options = { stdio: ["ignore", "ignore", "inherit"] as const };
  execFileSync("git", ["clone", "--quiet", "--shared", "--no-checkout", here, clone], {
    ...options,
    stdio: [...options.stdio],
  });
  execFileSync("git", ["checkout", "--quiet", "--detach", base], { cwd: clone, stdio: [...options.stdio] });
  execFileSync(
    process.execPath,
    ["-e", 'import("./scripts/install.mjs").then((it) => it.install("workspace"))'],
    {
      cwd: clone,
      stdio: [...options.stdio],
    },
  );
  return clone;
}

/** This checkout. */
export const present: string = here;
