import { once } from "node:events";
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { namespaceKey, scopeFilter } from "@loci/core/store";
import { describe, expect, it, onTestFinished } from "vitest";
import { acme, fileOf, filesOpenIn, open, temporaryFolder } from "./database-folder.fixture.ts";
import { startProcess } from "./second-process.fixture.ts";
import { sqlite } from "./sqlite-store.ts";

const identity = { kind: "organization", deployment: "default", orgId: "acme", generation: 1 } as const;
const key = namespaceKey(identity);
const create = { ...identity, scheme: 1, embedder: null, createdAt: 1 } as const;
const scope = scopeFilter({}, "within");
const secret = "zq7droppedzq7";

/** Two stores on one folder, as two processes have them. */
function twoStores() {
  const directory = temporaryFolder();
  const stores = [sqlite({ directory }), sqlite({ directory })] as const;
  for (const store of stores) onTestFinished(() => store.close());
  return { directory, stores, path: fileOf(directory, "acme") };
}

function record() {
  const fields = { $createdAt: 1, $validFrom: 1, $validTo: 9e15, $expiresAt: 8.64e15 };
  const keywords = { own: [secret], before: [], after: [] };
  const scopeKey = { user: "", agent: "", run: "" };
  return { id: "one", namespace: key, scopeKey, fields, keywords, payload: secret };
}

/** What this process reads of the files that it has open in a folder, also of those that have no name any more. */
function openContents(directory: string): readonly Buffer[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    const path = `/proc/self/fd/${fd}`;
    try {
      return readlinkSync(path).startsWith(`${directory}/`) ? [readFileSync(path)] : [];
    } catch {
      // It was the one that lists the others.
      return [];
    }
  });
}

describe("a file that another process drops", () => {
  it("holds no text for those who have it open", async () => {
    const { directory, stores, path } = twoStores();
    const [first, second] = stores;
    const namespace = await first.open({ key, create });
    await namespace.upsert({ records: [record()] });
    // A program that has the file open and never looks up: a browser of databases, or a process that hangs.
    const handle = openSync(path, "r");
    onTestFinished(() => closeSync(handle));
    const size = readFileSync(path).length;
    expect(await second.drop({ key })).toEqual({ dropped: true, residue: [] });
    const bytes = Buffer.alloc(size);
    readSync(handle, bytes, 0, size, 0);
    expect(bytes.includes(secret)).toBe(false);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(readdirSync(directory).filter((name) => name.startsWith(key))).toEqual([]);
    await expect(namespace.get({ ids: ["one"], scope })).rejects.toMatchObject({
      code: "NAMESPACE_NOT_FOUND",
    });
    if (process.platform === "linux")
      expect(filesOpenIn(directory).filter((name) => name.includes("-wal"))).toEqual([]);
  });

  it.skipIf(process.platform !== "linux")(
    "holds no text for a program that reads from its log, which nobody can empty",
    async () => {
      const { directory, stores, path } = twoStores();
      const [first, second] = stores;
      const namespace = await first.open({ key, create });
      const reader = new DatabaseSync(path, { readOnly: true });
      onTestFinished(() => reader.close());
      reader.exec("begin");
      reader.prepare("select count(*) from records").get();
      await namespace.upsert({ records: [record()] });
      expect(await namespace.delete({ scope })).toBe(1);
      const holders = () => openContents(directory).filter((bytes) => bytes.includes(secret)).length;
      expect(holders()).toBeGreaterThan(0);
      expect(await second.drop({ key })).toEqual({ dropped: true, residue: [] });
      expect(holders()).toBe(0);
    },
  );

  it("and makes again is another namespace: old handles do not reach it, new ones do", async () => {
    const { stores } = twoStores();
    const [first, second] = stores;
    const old = await first.open({ key, create });
    await old.upsert({ records: [record()] });
    await second.drop({ key });
    const made = await second.open({ key, create: { ...create, createdAt: 2 } });
    const count = () => old.count({ scope });
    for (const call of [count, () => old.upsert({ records: [record()] }), count])
      await expect(call()).rejects.toMatchObject({ code: "NAMESPACE_NOT_FOUND" });
    expect(await made.count({ scope })).toBe(0);
    const again = await first.open({ key });
    expect(again.manifest.createdAt).toBe(2);
    await again.upsert({ records: [record()] });
    expect(await made.count({ scope })).toBe(1);
  });

  it("or that somebody removes or replaces by hand is not used any more", async () => {
    const { stores, path } = twoStores();
    const [first, second] = stores;
    const namespace = await first.open({ key, create });
    await namespace.upsert({ records: [record()] });
    for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
    await expect(namespace.count({ scope })).rejects.toMatchObject({ code: "NAMESPACE_NOT_FOUND" });
    await second.open({ key, create });
    // The same manifest, as from a backup: it is the same namespace.
    expect(await namespace.count({ scope })).toBe(0);
  });
});

it("is not dropped where a folder lies under its name, or beside it", async () => {
  const { directory, stores, path } = twoStores();
  const [store] = stores;
  await store.open({ key, create });
  for (const folder of [`${path}.mine`, path]) {
    if (folder === path) renameSync(path, `${directory}/moved`);
    mkdirSync(folder);
    const before = readdirSync(directory).sort();
    await expect(store.drop({ key })).rejects.toMatchObject({
      code: "DATABASE_FILE",
      problem: "unreadable",
      message: expect.stringContaining(`${folder} is a folder`),
    });
    expect(readdirSync(directory).sort()).toEqual(before);
    rmdirSync(folder);
  }
  renameSync(`${directory}/moved`, path);
  expect(await store.drop({ key })).toMatchObject({ dropped: true });
});

it("finishes a drop whose process was killed at any moment", async () => {
  const { directory, stores, path } = twoStores();
  const [store] = stores;
  for (let round = 0; round < 12; round++) {
    const namespace = await store.open({ key, create: { ...create, createdAt: round } });
    // Some megabytes, so that overwriting them takes a while.
    const payload = secret.repeat(10_000);
    await namespace.upsert({
      records: Array.from({ length: 40 }, (_, at) => ({ ...record(), id: `${at}`, payload })),
    });
    const handle = openSync(path, "r");
    const { child, line, ask } = startProcess("drop", directory);
    expect(await line()).toBe("ready");
    expect(await ask("drop")).toBe("begun");
    await setTimeout(round * 2);
    child.kill("SIGKILL");
    await once(child, "exit");
    await store.drop({ key });
    expect(readdirSync(directory).filter((name) => name.startsWith(key))).toEqual([]);
    expect(readFileSync(handle).includes(secret), `round ${round}`).toBe(false);
    closeSync(handle);
    await expect(namespace.count({ scope })).rejects.toMatchObject({ code: "NAMESPACE_NOT_FOUND" });
  }
});

describe("offboarding", () => {
  async function withRival() {
    const directory = temporaryFolder();
    const memory = open(directory);
    await memory.add("of acme", acme);
    await memory.add(`${secret} of rival`, { orgId: "rival" });
    await memory.close();
    return { directory, acmeFile: fileOf(directory, "acme"), rivalFile: fileOf(directory, "rival") };
  }

  it.each([
    ["a symbolic link", symlinkSync],
    ["a hard link", linkSync],
  ])("refuses a file that is %s to another's, and leaves that one", async (_, link) => {
    const { directory, acmeFile, rivalFile } = await withRival();
    rmSync(acmeFile);
    link(rivalFile, acmeFile);
    const store = sqlite({ directory });
    onTestFinished(() => store.close());
    await expect(store.drop({ key })).rejects.toMatchObject({ code: "DATABASE_FILE", problem: "linked" });
    expect((await open(directory).list({ orgId: "rival" })).memories).toHaveLength(1);
  });

  it("refuses a file that says it is another's", async () => {
    const { directory, acmeFile, rivalFile } = await withRival();
    renameSync(rivalFile, acmeFile);
    const store = sqlite({ directory });
    onTestFinished(() => store.close());
    await expect(store.drop({ key })).rejects.toMatchObject({ code: "NAMESPACE_OWNERSHIP" });
    expect(existsSync(acmeFile)).toBe(true);
  });

  it("removes a draft that is a link of a killed creation", async () => {
    const { directory, acmeFile } = await withRival();
    linkSync(acmeFile, `${acmeFile}.0.new`);
    const store = sqlite({ directory });
    onTestFinished(() => store.close());
    expect(await store.drop({ key })).toEqual({ dropped: true, residue: [] });
    expect(readdirSync(directory).filter((name) => name.startsWith(key))).toEqual([]);
  });
});
