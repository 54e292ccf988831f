import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of some mebibytes, that can be filled. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves no room. @returns makes room again */
  fill(): () => void;
  remove(): void;
}

/** Mounts it, where this process may: as root, and not in every container. Else undefined. */
export function smallDisk(): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), "loci-small-disk-"));
  if (!runs("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder)) {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  const filler = join(folder, "filler");
  return {
    folder,
    fill() {
      for (let size = 1024 * 1024; size >= 512; size /= 2) append(filler, size);
      return () => rmSync(filler);
    },
    remove() {
      // Lazily: nothing that is still open keeps it in the way.
      runs("umount", "--lazy", folder);
      rmSync(folder, { recursive: true });
    },
  };
}

function runs(command: string, ...parameters: readonly string[]): boolean {
  return spawnSync(command, parameters).status === 0;
}

/** Writes blocks of a size until there is no room for another one. */
function append(file: string, size: number): void {
  try {
    for (;;) writeFileSync(file, new Uint8Array(size).fill(1), { flag: "a" });
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ENOSPC") throw error;
  }
}
