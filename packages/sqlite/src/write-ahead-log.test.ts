import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Embedder, Memory } from "@loci/core";
import { expect, it, onTestFinished, vi } from "vitest";
import { Connections } from "./connections.ts";
import { acme, fileOf, open, temporaryFolder } from "./database-folder.fixture.ts";
import { fileKeys } from "./file-keys.ts";
import { Reserve } from "./reserve.ts";
import { sqlite } from "./sqlite-store.ts";
import { WriteAheadLogs } from "./write-ahead-logs.ts";

/** Reads as a backup tool or a browser of databases does: in a transaction that does not end. */
function readLong(file: string): DatabaseSync {
  const reader = new DatabaseSync(file, { readOnly: true });
  onTestFinished(() => (reader.isOpen ? reader.close() : undefined));
  reader.exec("begin; select count(*) from records");
  reader.prepare("select count(*) from records").get();
  return reader;
}

const alice = { ...acme, userId: "alice" };
const secret = "zq7deletedzq7";

it("is named by a deletion and a receipt where another program reads from it, and is emptied later", async () => {
  const directory = temporaryFolder();
  const memory = open(directory);
  await memory.add([`the ${secret} one`, `the ${secret} two`], alice);
  const file = fileOf(directory, "acme");
  const logHasSecret = () => readFileSync(`${file}-wal`).includes(secret);
  const reader = readLong(file);
  const [first] = (await memory.list(alice)).memories;
  const start = performance.now();
  const { residue } = await memory.delete(first?.id ?? "", alice);
  expect(performance.now() - start).toBeLessThan(2000);
  expect(residue).toEqual([
    { where: expect.stringContaining("-wal"), clearedBy: expect.stringContaining("end of its reading") },
  ]);
  expect((await memory.scope(alice).forget()).residue).toEqual(residue);
  expect(logHasSecret()).toBe(true);
  reader.close();
  // Nobody calls anything: it is tried again by itself.
  await expect.poll(() => statSync(`${file}-wal`).size, { timeout: 10_000 }).toBe(0);
  expect(readFileSync(file).includes(secret)).toBe(false);
  await memory.add("another", alice);
  expect((await memory.deleteAll(alice)).residue).toEqual([]);
});

it("is named by every receipt as long as it is read, although nothing is left to delete", async () => {
  const directory = temporaryFolder();
  const memory = open(directory);
  await memory.add([`the ${secret} one`, `the ${secret} two`], alice);
  const reader = readLong(fileOf(directory, "acme"));
  await memory.deleteAll(alice);
  const receipt = await memory.scope(alice).forget();
  expect(receipt).toMatchObject({ memories: 0, residue: [{ where: expect.stringContaining("-wal") }] });
  reader.close();
  expect((await memory.scope(alice).forget()).residue).toEqual([]);
});

it("is named where it is of the file from before a re-embedding", async () => {
  const directory = temporaryFolder();
  const store = sqlite({ directory });
  const embedderOf = (id: string): Embedder => ({
    specVersion: 1,
    id,
    maxBatch: 100,
    describe: async () => ({ id, dimensions: 2 }),
    embed: async (texts) => texts.map(() => Float32Array.of(1, 0)),
  });
  const [former, next] = [embedderOf("former"), embedderOf("next")];
  await new Memory({ store, embedder: former }).add(`the ${secret} one`, alice);
  const memory = new Memory({ store, embedder: next, formerEmbedders: [former] });
  onTestFinished(() => memory.close());
  await memory.organization("acme").reembed();
  await memory.add(`the ${secret} two`, alice);
  const file = fileOf(directory, "acme");
  readLong(file);
  const { results } = await memory.add("a third", alice);
  const named = [{ where: expect.stringContaining(`${basename(file)}-wal`) }];
  expect((await memory.delete(results[0]?.id ?? "", alice)).residue).toMatchObject(named);
  expect((await memory.scope(alice).forget()).residue).toMatchObject(named);
});

it("is named once for many deletions, of encrypted memories too, and is emptied by the next one", async () => {
  const directory = temporaryFolder();
  const keys = fileKeys({ directory: temporaryFolder() });
  const memory = new Memory({ store: sqlite({ directory }), embedder: null, keys });
  onTestFinished(() => memory.close());
  await memory.add(
    Array.from({ length: 2000 }, (_, index) => `text ${index}`),
    alice,
  );
  const reader = readLong(fileOf(directory, "acme"));
  const { deleted, residue } = await memory.deleteAll(alice);
  expect([deleted, residue.length]).toEqual([2000, 1]);
  reader.close();
  await memory.add("another", alice);
  expect((await memory.deleteAll(alice)).residue).toEqual([]);
});

it("is named by a warning, once, where it grows large", async () => {
  const path = fileOf(temporaryFolder().replace(/memories$/, ""), "acme");
  const connections = new Connections({
    maxOpenFiles: 1,
    busyTimeout: 1,
    vectorExtension: undefined,
    reserve: new Reserve(dirname(path)),
  });
  const logs = new WriteAheadLogs(connections);
  const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
  onTestFinished(() => warn.mockRestore());
  writeFileSync(`${path}-wal`, "");
  const watchAt = (size: number) => {
    truncateSync(`${path}-wal`, size);
    logs.watch(path);
    return warn.mock.calls.length;
  };
  expect([1e6, 70e6, 80e6, 1e6, 70e6].map(watchAt)).toEqual([0, 1, 1, 1, 2]);
  expect(warn.mock.calls[0]?.[0]).toContain(`${path}-wal is larger than 64 MiB`);
});
