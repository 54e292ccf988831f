import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findServer, type Server } from "@loci/backends";
import type { VectorStore } from "@loci/core";
import { servers } from "@loci/matrix/servers";
import { sqlite } from "@loci/sqlite";

/** The cells of a storm. On a server, both are on the same one. */
export const cells = ["here", "there"] as const;
type Cell = (typeof cells)[number];

/** Opens the store of a cell, which other processes have open too. */
export function openStore(name: string, url: string, cell: Cell): VectorStore {
  if (name === "sqlite") return sqlite({ directory: join(url, cell) });
  const server = servers[name];
  if (!server)
    throw new Error(`There is no store "${name}" for storms. There are: ${stormStores.join(", ")}.`);
  return server.store(url);
}

export const stormStores: readonly string[] = ["sqlite", ...Object.keys(servers)];

/** Where storms find a backend of their own. */
export async function findBackend(name: string): Promise<StormBackend> {
  if (name === "sqlite") {
    const folder = mkdtempSync(join(tmpdir(), "loci-storm-"));
    return { url: folder, stop: async () => rmSync(folder, { recursive: true, force: true }) };
  }
  const tested = servers[name];
  if (!tested)
    throw new Error(`There is no store "${name}" for storms. There are: ${stormStores.join(", ")}.`);
  const server: Server = await findServer(tested.backend);
  return { url: await tested.prepare(server.url), stop: () => server.stop() };
}

/** A backend, and how it is reached. */
export interface StormBackend {
  readonly url: string;
  stop(): Promise<void>;
}
