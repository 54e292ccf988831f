import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inMemory, Memory } from "@loci/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importMem0, type Mem0Memory, readMem0Database, readMem0Json } from "./index.ts";

const exported = {
  results: [
    {
      id: "m1",
      memory: "Lives in Berlin",
      hash: "x",
      user_id: "alice",
      created_at: "2025-05-01T10:00:00.000Z",
      updated_at: null,
      metadata: { topic: "home", rating: 5 },
    },
    {
      id: "m2",
      memory: "Prefers short answers",
      user_id: "bob",
      agent_id: "support",
      run_id: "4711",
      categories: ["x"],
    },
    { id: "m3", memory: "", user_id: "alice" },
    { id: "m4", memory: "Belongs to nobody" },
    { id: "m5", memory: "Has odd metadata", user_id: "alice", metadata: { $where: 1 } },
    { id: "m6", memory: "Has a wildcard", user_id: "*" },
    "nonsense",
  ],
};
const toAcme = ({ userId, agentId, runId }: Mem0Memory) =>
  userId === undefined
    ? null
    : { orgId: "acme", userId, ...(agentId ? { agentId } : {}), ...(runId ? { runId } : {}) };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loci-mem0-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("importMem0", () => {
  it("brings over texts, times and metadata to the scopes that it is told, and reports the rest", async () => {
    const memory = new Memory({ store: inMemory() });
    const progress: number[] = [];
    const options = { scope: toAcme, onProgress: (done: number) => void progress.push(done) };
    const report = await importMem0(memory, readMem0Json(JSON.stringify(exported)), options);
    expect(report).toEqual({
      imported: 2,
      unchanged: 0,
      skipped: [
        { id: "m3", reason: "has no text" },
        { id: "m4", reason: "left out by scope()" },
        { id: "m5", reason: expect.stringContaining("metadata") },
        { id: "m6", reason: expect.stringContaining("wildcards") },
        { id: "memory 7", reason: "is not an object" },
      ],
    });
    expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const [berlin] = (await memory.list({ orgId: "acme", userId: "alice" })).memories;
    expect(berlin).toMatchObject({
      text: "Lives in Berlin",
      metadata: { topic: "home", rating: 5 },
      validFrom: new Date("2025-05-01T10:00:00.000Z"),
      scope: { orgId: "acme", userId: "alice" },
    });
    expect(berlin?.role).toBeUndefined();
    const bob = { orgId: "acme", userId: "bob", agentId: "support", runId: "4711" };
    expect((await memory.search("short answers", bob))[0]).toMatchObject({ scope: bob, metadata: {} });
    // Again is possible, and stores nothing twice.
    expect(await importMem0(memory, readMem0Json(exported), { scope: toAcme })).toMatchObject({
      imported: 0,
      unchanged: 2,
    });
    expect(
      await importMem0(memory, readMem0Json(exported.results.slice(0, 1)), { scope: toAcme }),
    ).toMatchObject({
      unchanged: 1,
    });
  });

  it("keeps times however mem0's stores write them, and reports those that are none", async () => {
    const memory = new Memory({ store: inMemory() });
    const give = (text: string, fields: object) => ({ id: text, memory: text, user_id: "alice", ...fields });
    const report = await importMem0(
      memory,
      readMem0Json([
        give("python", { created_at: "2024-07-01 10:00:00.123456+00:00" }),
        give("postgres", { created_at: "2024-07-01 03:00:00.123-07" }),
        give("expiring", { expiration_date: "2999-01-01" }),
        give("expired", { expiration_date: "2001-01-01" }),
        give("naive", { created_at: "2024-07-01T10:00:00" }),
        give("none", { created_at: "last summer" }),
      ]),
      { scope: toAcme },
    );
    expect(report.skipped.map(({ id }) => id)).toEqual(["expired", "naive", "none"]);
    const { memories } = await memory.list({ orgId: "acme", userId: "alice" });
    const of = (name: string) => memories.find(({ text }) => text === name);
    expect(of("python")?.validFrom.toISOString()).toBe("2024-07-01T10:00:00.123Z");
    expect(of("postgres")?.validFrom.toISOString()).toBe("2024-07-01T10:00:00.123Z");
    expect(of("expiring")?.expiresAt?.toISOString()).toBe("2999-01-01T00:00:00.000Z");
  });

  it("is no end for what the store or the application fails at", async () => {
    const memory = new Memory({ store: inMemory() });
    await memory.organization("acme").onboard();
    await memory.organization("acme").offboard();
    await expect(importMem0(memory, readMem0Json(exported), { scope: toAcme })).rejects.toMatchObject({
      code: "ORGANIZATION_GONE",
    });
    const scope = () => {
      throw new Error("who is that?");
    };
    await expect(importMem0(memory, readMem0Json(exported), { scope })).rejects.toThrow("who is that?");
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(importMem0(memory, readMem0Json(exported), { scope: toAcme, signal })).rejects.toThrow(
      "enough",
    );
  });

  it("refuses what is no export", () => {
    for (const wrong of ["", "{", "{}", "7", null, { results: {} }])
      expect(() => [...readMem0Json(wrong)]).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});

describe("readMem0Database", () => {
  it("reads rows as mem0ai 3.3.1 writes them, and leaves the file as it was", async () => {
    const path = join(folder, "vector_store.db");
    const database = new DatabaseSync(path);
    // Table and payloads as that version makes them.
    database.exec("CREATE TABLE vectors (id TEXT PRIMARY KEY, vector BLOB NOT NULL, payload TEXT NOT NULL)");
    const insert = database.prepare("INSERT INTO vectors VALUES (?, ?, ?)");
    const payload = {
      topic: "home",
      n: 5,
      user_id: "alice",
      data: "Lives in Berlin",
      textLemmatized: "live berlin",
      hash: "58ec968dcacf1bc376d9973f9e99c14e",
      createdAt: "2026-11-21T11:11:15.572Z",
      updatedAt: "2026-11-21T11:11:15.572Z",
    };
    insert.run("a", new Uint8Array(16), JSON.stringify(payload));
    insert.run("b", new Uint8Array(16), "{broken");
    insert.run("c", new Uint8Array(16), "[]");
    database.close();
    const before = readFileSync(path).toString("hex");
    expect([...readMem0Database(path)]).toEqual([
      {
        memory: {
          id: "a",
          text: "Lives in Berlin",
          userId: "alice",
          createdAt: "2026-11-21T11:11:15.572Z",
          metadata: { topic: "home", n: 5 },
        },
      },
      { id: "b", problem: "is not JSON" },
      { id: "c", problem: "is not an object" },
    ]);
    expect(readFileSync(path).toString("hex")).toBe(before);
    const memory = new Memory({ store: inMemory() });
    const report = await importMem0(memory, readMem0Database(path), { scope: toAcme });
    expect(report).toMatchObject({ imported: 1, skipped: [{ id: "b" }, { id: "c" }] });
  });

  it("refuses what is no file of mem0's", () => {
    const text = join(folder, "text.db");
    writeFileSync(text, "hello, this is no database at all");
    const other = join(folder, "other.db");
    new DatabaseSync(other).exec("CREATE TABLE vectors (x)");
    for (const path of [join(folder, "missing.db"), text, other])
      expect(() => [...readMem0Database(path)], path).toThrow(
        expect.objectContaining({ code: "INVALID_INPUT", path: "path" }),
      );
  });
});
