import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { installPeer, measureInstallation } from "./peers.ts";
import type { Section } from "./report.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** What core weighs in a browser bundle, and what an installation puts on the disk. */
export async function benchSize(): Promise<Section> {
  const { outputFiles } = await build({
    stdin: { contents: 'export * from "@loci/core";', resolveDir: join(root, "test-suites/bench") },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["loci-source"],
  });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  const loci = measureInstallation(installLoci());
  const mem0 = measureInstallation(installPeer("mem0ai", { mem0ai: "3.3.1" }));
  const disk = ({ packages, bytes }: typeof loci) => `${packages} packages, ${(bytes / 1e6).toFixed(1)} MB`;
  return {
    title: "Size",
    figures: [
      {
        name: "@loci/core bundled for the browser",
        value: `${kilobytes(code.length)}, ${kilobytes(gzipSync(code).length)} gzipped`,
      },
      { name: "npm i loci", value: disk(loci) },
      { name: "npm i mem0ai@3.3.1", value: disk(mem0) },
    ],
  };
}

/** Packs the packages and installs the tarballs into an empty project. */
function installLoci(): string {
  const folder = join(root, ".cache/peers/loci");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const run = (command: string, parameters: readonly string[], cwd: string) => {
    const { status, stderr } = spawnSync(command, parameters, { cwd, encoding: "utf8" });
    if (status !== 0) throw new Error(`${command} ${parameters.join(" ")} failed: ${stderr}`);
  };
  for (const name of ["core", "sqlite", "loci"]) {
    if (!existsSync(join(root, "packages", name, "dist"))) throw new Error("Build first: npm run build.");
    run("npx", ["-y", "pnpm@12.21.0", "pack", "--pack-destination", folder], join(root, "packages", name));
  }
  const tarballs = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  run(
    "npm",
    ["install", "--no-audit", "--no-fund", "--loglevel=error", ...tarballs.map((name) => `./${name}`)],
    folder,
  );
  return folder;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
