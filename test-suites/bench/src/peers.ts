import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Item } from "./data.ts";

const cache = fileURLToPath(new URL("../../../.cache/peers/", import.meta.url));

/**
 * Installs a peer through npm, once, outside the workspace. mem0ai's better-sqlite3 is replaced by its version
 * 13, the first that carries its binaries, so that nothing is compiled.
 */
export function installPeer(name: string, dependencies: Record<string, string>): string {
  const folder = join(cache, name);
  if (!existsSync(join(folder, "node_modules"))) {
    console.error(`Installing ${name} to compare with.`);
    mkdirSync(folder, { recursive: true });
    const overrides = name === "mem0ai" ? { "better-sqlite3": "13.2.0" } : {};
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies, overrides }));
    const { status } = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: folder,
      stdio: "inherit",
    });
    if (status !== 0) throw new Error(`npm could not install ${name}.`);
  }
  return folder;
}

/** How many packages, and how many bytes, an installation put on the disk. */
export function measureInstallation(folder: string): { packages: number; bytes: number } {
  let packages = 0;
  let total = 0;
  const visit = (path: string) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const child = join(path, entry.name);
      if (entry.isDirectory()) visit(child);
      else if (entry.isFile()) total += statSync(child).size;
    }
  };
  const modules = join(folder, "node_modules");
  for (const name of readdirSync(modules).filter((entry) => !entry.startsWith("."))) {
    packages += name.startsWith("@") ? readdirSync(join(modules, name)).length : 1;
  }
  visit(modules);
  return { packages, bytes: total };
}

interface Mem0Store {
  insert(vectors: number[][], ids: string[], payloads: Record<string, unknown>[]): Promise<void>;
  search(query: number[], limit: number, filters: Record<string, unknown>): Promise<unknown[]>;
}

/** mem0ai's default vector store, filled with the same data for the same user. */
export async function openMem0(
  path: string,
  items: readonly Item[],
): Promise<{ search(vector: Float32Array): Promise<unknown> }> {
  const folder = installPeer("mem0ai", { mem0ai: "3.3.1" });
  const entry = pathToFileURL(join(folder, "node_modules/mem0ai/dist/oss/index.mjs")).href;
  const { MemoryVectorStore } = (await import(entry)) as {
    MemoryVectorStore: new (config: {
      dimension: number;
      dbPath: string;
      collectionName: string;
    }) => Mem0Store;
  };
  const store = new MemoryVectorStore({ dimension: 384, dbPath: path, collectionName: "memories" });
  await store.insert(
    items.map(({ vector }) => [...vector]),
    items.map((_, index) => `memory-${index}`),
    items.map(({ text }) => ({ data: text, user_id: "alice" })),
  );
  return { search: (vector) => store.search([...vector], 10, { user_id: "alice" }) };
}
