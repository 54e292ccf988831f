import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineKeyProvider, KeyError, type KeyOwner, type KeyProvider } from "@loci/core";
import { readOptions } from "./read-options.ts";
import { createWholeFile, linkOf, removeWholeFile } from "./whole-file.ts";

/** Options of `fileKeys`. */
export interface FileKeysOptions {
  /** The folder for the keys, which only this user may read. Keep it apart from the database, and from its backups. */
  readonly directory: string;
}

/**
 * Keeps a master key for each organization as a file of its own, so that deleting one ends that organization's text
 * wherever there is a copy of it. For one machine; for several, implement `KeyProvider` on a key management service.
 * A file that was deleted may be recoverable from the disk itself, and from a backup of the folder.
 * @throws InvalidInputError for a missing folder and an unknown option
 */
export function fileKeys(options: FileKeysOptions): KeyProvider {
  const { directory } = readOptions("fileKeys", options, {});
  const pathOf = ({ deployment, orgId, generation }: KeyOwner) => {
    const name = createHash("sha256").update(JSON.stringify([deployment, orgId, generation]));
    return join(directory, `${name.digest("hex")}.key`);
  };
  return defineKeyProvider("files", {
    find: async (owner) => readKey(pathOf(owner)),
    async add(owner, master) {
      const path = pathOf(owner);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      try {
        createWholeFile(path, (draft) => writeFileSync(draft, master, { flush: true }));
        return master;
      } catch (error) {
        // Another process was faster: its key stands.
        const kept = readKey(path);
        if (kept) return kept;
        throw error;
      }
    },
    async destroy(owner) {
      if (!existsSync(directory)) return;
      const path = pathOf(owner);
      const what = linkOf(path);
      if (what) {
        throw new KeyError(
          `The key file ${path} ${what}, so that removing it here would not end the key. It was left as it is: remove the other one, and put a file of its own in its place.`,
          { problem: "wrong" },
        );
      }
      removeWholeFile(path);
    },
  });
}

const keyBytes = 32;

function readKey(path: string): Uint8Array | undefined {
  if (!existsSync(path)) return undefined;
  const master = readFileSync(path);
  if (master.length === keyBytes) return master;
  const message = `The key file ${path} has ${master.length} bytes instead of ${keyBytes}. Restore it.`;
  throw new KeyError(message, { problem: "wrong" });
}
