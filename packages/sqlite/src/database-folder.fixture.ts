import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Memory } from "@loci/core";
import { namespaceKey } from "@loci/core/store";
import { onTestFinished } from "vitest";
import { sqlite } from "./sqlite-store.ts";

export const acme = { orgId: "acme" };
/** The file of an organization in a folder of the store. */
export function fileOf(directory: string, orgId: string, generation = 1): string {
  const key = namespaceKey({ kind: "organization", deployment: "default", orgId, generation });
  return join(directory, `${key}.db`);
}

/** A folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "loci-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "memories");
}

/** A memory on such a folder. */
export function open(
  directory: string,
  options: { maxOpenFiles?: number; busyTimeout?: number } = {},
): Memory {
  const memory = new Memory({ store: sqlite({ directory, ...options }) });
  onTestFinished(() => memory.close());
  return memory;
}

/** The files of a folder that this process has open, also those that were removed. */
export function filesOpenIn(directory: string): readonly string[] {
  return readdirSync("/proc/self/fd")
    .map((fd) =>
      spawnSync("readlink", [`/proc/${process.pid}/fd/${fd}`])
        .stdout.toString()
        .trim(),
    )
    .filter((path) => path.startsWith(directory));
}
