import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Memory } from "@loci/core";
import { namespaceKey, scopeFilter } from "@loci/core/store";
import { describe, expect, it, onTestFinished } from "vitest";
import { acme, fileOf, filesOpenIn, open, temporaryFolder } from "./database-folder.fixture.ts";
import { startProcess } from "./second-process.fixture.ts";
import { sqlite } from "./sqlite-store.ts";

describe("other processes", () => {
  it("keeps what was acknowledged when the process is killed", async () => {
    const directory = temporaryFolder();
    let acknowledged = 0;
    for (let round = 0; round < 3; round++) {
      const { child, line } = startProcess("write-forever", directory);
      for (let count = 0; count < 40; count++) acknowledged = Math.max(acknowledged, Number(await line()));
      child.kill("SIGKILL");
      await once(child, "exit");
      const memory = new Memory({ store: sqlite({ directory }) });
      const found = new Set<string>();
      let cursor: string | undefined;
      do {
        const page = await memory.list({ ...acme, limit: 1000, ...(cursor ? { cursor } : {}) });
        for (const { text } of page.memories) found.add(text);
        cursor = page.cursor;
      } while (cursor);
      for (let index = 0; index <= acknowledged; index++)
        expect(found, `round ${round}`).toContain(`text ${index}`);
      expect((await memory.search(`text ${acknowledged}`, { ...acme, limit: 1 }))[0]?.text).toBe(
        `text ${acknowledged}`,
      );
      await memory.close();
    }
    expect(acknowledged).toBeGreaterThanOrEqual(119);
  });

  it("lets two processes write to one folder and see each other's memories at once", async () => {
    const directory = temporaryFolder();
    const writers = [startProcess("write-some a", directory), startProcess("write-some b", directory)];
    for (const { line } of writers) expect(await line()).toBe("done");
    const memory = open(directory);
    expect((await memory.list({ ...acme, limit: 1000 })).memories).toHaveLength(200);
    expect((await memory.organizations()).organizations).toHaveLength(1);
    const { ask } = startProcess("answer", directory);
    await memory.add("said by the first", acme);
    expect(await ask("first")).toBe("said by the first");
    expect((await memory.search("second", { ...acme, limit: 1 }))[0]?.text).toBe("said by the second");
  });

  it("refuses the write of a process that still has an offboarded organization's file open", async () => {
    const directory = temporaryFolder();
    const memory = open(directory);
    await memory.add("early", acme);
    const { ask } = startProcess("answer", directory);
    expect(await ask("early")).toBe("early");
    await memory.organization(acme.orgId).offboard();
    expect(await ask("early")).toBe("ORGANIZATION_GONE");
    expect(
      readdirSync(directory).filter((name) => join(directory, name).startsWith(fileOf(directory, "acme"))),
    ).toEqual([]);
  });

  it.skipIf(process.platform !== "linux")(
    "closes a file that another process dropped, and opens the one that is made in its place",
    async () => {
      const directory = temporaryFolder();
      const stores = [sqlite({ directory }), sqlite({ directory })] as const;
      const [first, second] = stores;
      for (const store of stores) onTestFinished(() => store.close());
      const identity = { kind: "organization", deployment: "default", orgId: "acme", generation: 1 } as const;
      const key = namespaceKey(identity);
      const create = { ...identity, scheme: 1, embedder: null, createdAt: 1 } as const;
      const namespace = await first.open({ key, create });
      await second.drop({ key });
      const isOpen = () => filesOpenIn(directory).some((path) => path.includes(key));
      expect(isOpen()).toBe(true);
      const scope = scopeFilter({}, "within");
      await expect(namespace.count({ scope })).rejects.toMatchObject({ code: "NAMESPACE_NOT_FOUND" });
      expect(isOpen()).toBe(false);
      await second.open({ key, create: { ...create, createdAt: 2 } });
      expect((await first.open({ key })).manifest.createdAt).toBe(2);
    },
  );

  it("waits for another process that writes, and says so when that takes too long", async () => {
    const directory = temporaryFolder();
    const memory = open(directory, { busyTimeout: 50 });
    await memory.add("one", acme);
    const other = new DatabaseSync(fileOf(directory, "acme"));
    other.exec("begin immediate");
    await expect(memory.add("two", acme)).rejects.toMatchObject({ code: "STORE_FAILURE", retryable: true });
    other.exec("rollback");
    other.close();
    expect((await memory.add("two", acme)).results[0]?.status).toBe("added");
  });
});
