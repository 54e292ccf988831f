import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { namespaceKey, scopeFilter } from "@loci/core/store";
import { describe, expect, it, onTestFinished } from "vitest";
import { Connections } from "./connections.ts";
import { acme, fileOf, open, temporaryFolder } from "./database-folder.fixture.ts";
import { Reserve } from "./reserve.ts";
import { sqlite } from "./sqlite-store.ts";

/** Takes the right to write from everybody else, as a process that works long does. */
function lock(file: string, how = "begin immediate"): DatabaseSync {
  const other = new DatabaseSync(file);
  onTestFinished(() => (other.isOpen ? other.close() : undefined));
  other.exec(how);
  return other;
}

/** The longest time, in milliseconds, in which the event loop does nothing else. */
async function longestPause(work: () => Promise<unknown>): Promise<number> {
  let [last, longest, isOver] = [performance.now(), 0, false];
  const tick = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isOver) setImmediate(tick);
  };
  setImmediate(tick);
  await work();
  isOver = true;
  tick();
  return longest;
}

describe("a locked file", () => {
  it("keeps nobody waiting but those who write to it", async () => {
    const directory = temporaryFolder();
    const memory = open(directory);
    for (const orgId of ["acme", "rival"]) await memory.add(`the plan of ${orgId}`, { orgId });
    const other = lock(fileOf(directory, "acme"));
    const start = performance.now();
    let isWritten = false;
    const write = memory.add("later", acme).then(() => {
      isWritten = true;
    });
    const pause = await longestPause(async () => {
      for (let round = 0; round < 20; round++) {
        // Of the others, and of those who only read.
        for (const orgId of ["acme", "rival"])
          expect((await memory.search("plan", { orgId }))[0]?.text).toBe(`the plan of ${orgId}`);
        await memory.add(`text ${round}`, { orgId: "rival" });
      }
      await setTimeout(300);
    });
    expect(isWritten).toBe(false);
    expect(pause).toBeLessThan(200);
    expect(performance.now() - start).toBeLessThan(4000);
    other.exec("rollback");
    await write;
    expect((await memory.list(acme)).memories).toHaveLength(2);
  });

  it("delays the searches of nobody else, where it cannot even be read", async () => {
    const directory = temporaryFolder();
    const before = open(directory);
    for (const orgId of ["acme", "rival"]) await before.add(`the plan of ${orgId}`, { orgId });
    await before.close();
    const other = lock(fileOf(directory, "acme"), "pragma locking_mode = exclusive; begin exclusive");
    const memory = open(directory);
    const waiting = memory.search("plan", acme);
    const start = performance.now();
    expect(await memory.search("plan", { orgId: "rival" })).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(1000);
    other.close();
    expect(await waiting).toHaveLength(1);
    const locked = lock(fileOf(directory, "rival"));
    await expect(open(directory, { busyTimeout: 20 }).add("late", { orgId: "rival" })).rejects.toMatchObject({
      code: "STORE_FAILURE",
      retryable: true,
      message: expect.stringContaining("held by another process"),
    });
    locked.exec("rollback");
  });

  it("is waited for until the signal ends that", async () => {
    const directory = temporaryFolder();
    const memory = open(directory);
    await memory.add("one", acme);
    lock(fileOf(directory, "acme"));
    const start = performance.now();
    const signal = AbortSignal.timeout(50);
    await expect(memory.add("two", { ...acme, signal })).rejects.toBe(await reasonOf(signal));
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it("is not waited for once the store was closed, and nothing is stored then", async () => {
    const directory = temporaryFolder();
    await open(directory).add("one", acme);
    const path = fileOf(directory, "acme");
    const other = lock(path);
    const connections = new Connections({
      maxOpenFiles: 1,
      busyTimeout: 60_000,
      vectorExtension: undefined,
      reserve: new Reserve(directory),
    });
    const late = connections.use(path, new AbortController().signal, (connection) =>
      connection.write(() => connection.run("update manifest set dropped = 1")),
    );
    const outcome = expect(late).rejects.toMatchObject({ code: "CLOSED" });
    await setTimeout(20);
    connections.closeAll();
    other.exec("rollback");
    await outcome;
    expect((await open(directory).list(acme)).memories).toHaveLength(1);
  });
});

describe("a close", () => {
  it("waits for the calls that run, and leaves no log", async () => {
    const directory = temporaryFolder();
    const memory = open(directory);
    const texts = Array.from({ length: 2000 }, (_, index) => `text ${index}`);
    const write = memory.add(texts, acme);
    await setTimeout(10);
    await memory.close();
    expect((await write).results).toHaveLength(2000);
    expect(existsSync(`${fileOf(directory, "acme")}-wal`)).toBe(false);
    expect((await open(directory).list({ ...acme, limit: 1000 })).memories).toHaveLength(1000);
  });
});

describe("thousands of records", () => {
  it("are written, replaced and deleted in turns", async () => {
    const store = sqlite({ directory: temporaryFolder() });
    onTestFinished(() => store.close());
    const identity = { kind: "organization", deployment: "default", orgId: "acme", generation: 1 } as const;
    const key = namespaceKey(identity);
    const create = { ...identity, scheme: 1, embedder: null, createdAt: 1 } as const;
    const namespace = await store.open({ key, create });
    const scope = scopeFilter({}, "within");
    const records = Array.from({ length: 6000 }, (_, index) => {
      const own = Array.from({ length: 30 }, (_, at) => `word${(index * 7 + at * 13) % 5000}`);
      const fields = { $createdAt: index, $validFrom: 1, $validTo: 9e15, $expiresAt: 8.64e15 };
      const keywords = { own, before: [], after: [] };
      const scopeKey = { user: "", agent: "", run: "" };
      return { id: `${index}`, namespace: key, scopeKey, fields, keywords, payload: own.join(" ") };
    });
    await namespace.upsert({ records });
    const half = await namespace.get({ ids: records.slice(0, 3000).map(({ id }) => id), scope });
    const works: Record<string, () => Promise<unknown>> = {
      deleteVersions: () => namespace.delete({ scope, versions: half }),
      replace: () => namespace.upsert({ records }),
      deleteAll: () => namespace.delete({ scope }),
    };
    for (const [name, work] of Object.entries(works)) {
      const start = performance.now();
      const pause = await longestPause(work);
      // Much less than all of it, however busy the machine is.
      expect(pause, name).toBeLessThan((performance.now() - start) / 2);
    }
    expect(await namespace.count({ scope })).toBe(0);
  });
});

async function reasonOf(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return signal.reason;
}
