import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { BackendFault, FailingBackend } from "@loci/conformance";
import { sqlite } from "@loci/sqlite";
import { smallDisk } from "./small-disk.ts";

/** How long the store waits for a lock, in milliseconds. */
const busyTimeout = 300;

/** SQLite on a small disk of its own, where one can be mounted, and on files that fail. */
export async function failingFiles(): Promise<FailingBackend> {
  const disk = smallDisk();
  const parent = disk?.folder ?? mkdtempSync(join(tmpdir(), "loci-conformance-failing-"));
  const directory = join(parent, "memories");
  const databases = () =>
    existsSync(directory)
      ? readdirSync(directory)
          .filter((name) => name.endsWith(".db"))
          .map((name) => join(directory, name))
      : [];
  const store = sqlite({ directory, maxOpenFiles: 8, busyTimeout });
  const witness = sqlite({ directory, maxOpenFiles: 8 });
  return {
    store,
    witness,
    faults: {
      ...(disk ? { "full disk": fault({ retryable: true }, () => disk.fill()) } : {}),
      "read-only folder": fault({ retryable: false }, () => forbidWriting(directory)),
      "locked files": fault({ retryable: true, hangs: true }, () => hold(databases(), "begin immediate")),
      "a log that a reader pins": fault({ harmless: true }, () =>
        hold(databases(), "begin; select count(*) from records"),
      ),
      "no databases": fault({ retryable: false }, () =>
        replace(databases(), (path) => writeFileSync(path, "this is a text, and no database\n".repeat(300))),
      ),
      "folders in place of files": fault({ retryable: false }, () =>
        replace(databases(), (path) => mkdirSync(path)),
      ),
    },
    async dispose() {
      await store.close();
      await witness.close();
      if (disk) disk.remove();
      else rmSync(parent, { recursive: true, force: true });
    },
  };
}

/** A fault that no number of requests delays, and of which nobody knows which call it met. */
function fault(how: Omit<BackendFault, "begin">, begin: () => () => void): BackendFault {
  return {
    ...how,
    async begin() {
      const end = begin();
      return async () => {
        end();
        return undefined;
      };
    },
  };
}

/** Lets a folder and its files be read only. Root may write all the same, and so becomes somebody who may not. */
function forbidWriting(directory: string): () => void {
  const files = readdirSync(directory).map((name) => join(directory, name));
  const parent = join(directory, "..");
  const before = [directory, parent, ...files].map((path) => [path, statSync(path).mode] as const);
  for (const path of files) chmodSync(path, 0o444);
  for (const path of [directory, parent]) chmodSync(path, 0o555);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(nobody);
  return () => {
    if (isRoot) process.seteuid?.(0);
    for (const [path, mode] of before) chmodSync(path, mode);
  };
}

const nobody = 65534;

/** Holds transactions open, as another program does. */
function hold(paths: readonly string[], begin: string): () => void {
  const held = paths.map((path) => {
    const database = new DatabaseSync(path);
    database.exec(begin);
    return database;
  });
  return () => {
    for (const database of held) {
      database.exec("rollback");
      database.close();
    }
  };
}

/** Puts something else under the names of files, with their logs, and the files back again. */
function replace(paths: readonly string[], put: (path: string) => void): () => void {
  const moved = paths
    .flatMap((path) => ["", "-wal", "-shm"].map((end) => `${path}${end}`))
    .filter(existsSync);
  // Beside the folder: what lies in it belongs to the store.
  const aside = mkdtempSync(join(dirname(moved[0] ?? tmpdir()), "..", "aside-"));
  for (const path of moved) renameSync(path, join(aside, basename(path)));
  for (const path of paths) put(path);
  return () => {
    // A drop may remove what is broken. Then nothing comes back.
    const dropped = paths.filter((path) => !existsSync(path));
    for (const path of paths) {
      for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { recursive: true, force: true });
    }
    for (const path of moved) {
      if (!dropped.some((gone) => path.startsWith(gone))) renameSync(join(aside, basename(path)), path);
    }
  };
}
