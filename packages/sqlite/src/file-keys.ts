import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { defineKeyProvider, KeyError, type KeyOwner, type KeyProvider } from "@loci/core";

/** Options of `fileKeys`. */
export interface FileKeysOptions {
  /** The folder for the keys, which only this user may read. Keep it apart from the database, and from its backups. */
  readonly directory: string;
}

const keyBytes = 32;

/**
 * Keeps a master key for each organization as a file of its own, so that deleting one ends that organization's text
 * wherever there is a copy of it. For one machine; for several, implement `KeyProvider` on a key management service.
 * A file that was deleted may be recoverable from the disk itself, and from a backup of the folder.
 */
export function fileKeys({ directory }: FileKeysOptions): KeyProvider {
  const pathOf = ({ deployment, orgId }: KeyOwner) =>
    join(
      directory,
      `${createHash("sha256")
        .update(JSON.stringify([deployment, orgId]))
        .digest("hex")}.key`,
    );
  const read = async (path: string): Promise<Uint8Array | undefined> => {
    try {
      const master = await readFile(path);
      if (master.length === keyBytes) return master;
      throw new KeyError(
        `The key file ${path} has ${master.length} bytes instead of ${keyBytes}. Restore it.`,
        {
          problem: "wrong",
        },
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  };
  return defineKeyProvider("files", {
    find: (owner) => read(pathOf(owner)),
    async add(owner, master) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const path = pathOf(owner);
      const memory = join(directory, `${randomUUID()}.draft`);
      try {
        const file = await open(memory, "wx", 0o600);
        try {
          await file.writeFile(master);
          await file.sync();
        } finally {
          await file.close();
        }
        // A link is made whole or not at all, and never over what is there.
        await link(memory, path);
        await syncFolder(directory);
        return master;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        return (await read(path)) ?? master;
      } finally {
        await rm(memory, { force: true });
      }
    },
    async destroy(owner) {
      await rm(pathOf(owner), { force: true });
      await syncFolder(directory).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
      });
    },
  });
}

/** What was linked or removed is so after a loss of power, too. */
async function syncFolder(directory: string): Promise<void> {
  // Windows opens no folders, and writes through what it renames.
  if (process.platform === "win32") return;
  const folder = await open(directory, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
