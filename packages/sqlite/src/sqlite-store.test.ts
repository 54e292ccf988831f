import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { MetadataFilter } from "@loci/core";
import { describe, expect, it } from "vitest";
import { acme, fileOf, filesOpenIn, open, temporaryFolder } from "./database-folder.fixture.ts";
import { sqlite } from "./sqlite-store.ts";

describe("files of the sqlite store", () => {
  it("keeps one file an organization, readable by its owner only, and none before the first write", async () => {
    const directory = temporaryFolder();
    const memory = open(directory);
    await memory.search("anything", acme);
    expect(existsSync(directory)).toBe(false);
    await memory.add("one", acme);
    await memory.add("two", { orgId: "../../etc/passwd" });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    const names = readdirSync(directory);
    expect(names.filter((name) => name.endsWith(".db"))).toHaveLength(3);
    expect(
      names.every(
        (name) => [".gitignore", ".reserve"].includes(name) || /^m1_[a-z2-7]{52}\.db(-wal|-shm)?$/.test(name),
      ),
    ).toBe(true);
    for (const name of names) expect(statSync(join(directory, name)).mode & 0o777, name).toBe(0o600);
  });

  it("keeps its own way of naming and filling files: what is stored today opens tomorrow", async () => {
    const directory = temporaryFolder();
    const memory = open(directory);
    await memory.add("one", { ...acme, userId: "alice" });
    const file = fileOf(directory, "acme");
    expect(file).toContain("m1_fcgaj6e2xdmgsjfxzaq22g44evxmos2p3pcsqlnsj76tgxv7sh4q.db");
    const database = new DatabaseSync(file);
    const { content } = database.prepare("select content from manifest").get() as { content: string };
    expect(JSON.parse(content)).toMatchObject({
      scheme: 1,
      kind: "organization",
      deployment: "default",
      orgId: "acme",
      generation: 1,
      embedder: null,
    });
    expect(database.prepare("pragma user_version").get()).toEqual({ user_version: 3 });
    expect(database.prepare("pragma journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(database.prepare("select id from records").all()).toEqual([
      { id: (await memory.list({ ...acme, userId: "alice" })).memories[0]?.id },
    ]);
    database.close();
  });

  it.skipIf(process.platform !== "linux")(
    "holds a bounded number of files open, and closes the least recently used",
    async () => {
      const directory = temporaryFolder();
      const memory = open(directory, { maxOpenFiles: 4 });
      const openFiles = () => new Set(filesOpenIn(directory).filter((path) => path.endsWith(".db")));
      for (let index = 0; index < 30; index++) await memory.add(`text ${index}`, { orgId: `org-${index}` });
      expect(openFiles().size).toBe(4);
      await memory.search("text", { orgId: "org-0" });
      expect(openFiles()).toContain(fileOf(directory, "org-0"));
      for (let index = 0; index < 30; index++) {
        expect((await memory.list({ orgId: `org-${index}` })).memories.map(({ text }) => text)).toEqual([
          `text ${index}`,
        ]);
      }
      expect(openFiles().size).toBe(4);
      await memory.close();
      expect(openFiles().size).toBe(0);
    },
  );

  it("removes every file of an organization that leaves, and touches no other", async () => {
    const directory = temporaryFolder();
    const memory = open(directory);
    await memory.add(["one", "two"], acme);
    await memory.add("a neighbour", { orgId: "acme-corp" });
    const neighbour = fileOf(directory, "acme-corp");
    const file = fileOf(directory, "acme");
    // What crashed creations and removals leave.
    for (const suffix of [".0.new", ".0.new-wal", ".0.dropped", "-journal"])
      writeFileSync(file + suffix, "left over");
    const before = readFileSync(neighbour);
    await memory.organization(acme.orgId).offboard();
    expect(readdirSync(directory).filter((name) => join(directory, name).startsWith(file))).toEqual([]);
    expect(readFileSync(neighbour).equals(before)).toBe(true);
    // A removal that stopped between the files goes on.
    for (const suffix of ["-wal", "-shm"]) writeFileSync(file + suffix, "left over");
    await memory.organization(acme.orgId).offboard();
    expect(readdirSync(directory).filter((name) => join(directory, name).startsWith(file))).toEqual([]);
  });

  it("leaves no byte of a deleted memory in any file", async () => {
    const directory = temporaryFolder();
    const memory = open(directory);
    // No other term begins like it, so that no index shortens it.
    const secret = "zq7x9";
    const bytesWith = (needle: string) =>
      readdirSync(directory).filter((name) => readFileSync(join(directory, name)).includes(needle));
    const say = (content: string) => ({ role: "user" as const, content });
    await memory.add([say("before it"), say(`the ${secret} one`), say("after it")], {
      ...acme,
      metadata: { note: secret },
    });
    await memory.add(
      Array.from({ length: 50 }, (_, index) => `filler ${index} ${secret}`),
      { ...acme, userId: "bob" },
    );
    expect(bytesWith(secret)).not.toEqual([]);
    const found = await memory.list({ ...acme, levels: "within", limit: 1000 });
    const [kept] = found.memories.filter(({ text }) => text === "after it");
    for (const { id, text } of found.memories) {
      if (text.includes(secret)) await memory.delete(id, acme);
    }
    await memory.update(kept?.id ?? "", { metadata: {} }, acme);
    await memory
      .scope(acme)
      .deleteMany(found.memories.filter(({ metadata }) => metadata.note).map(({ id }) => id));
    expect(bytesWith(secret)).toEqual([]);
  });
});

describe("options", () => {
  it.each([
    [undefined, "directory is missing; call it: sqlite({ directory })."],
    [{}, "directory is missing; call it: sqlite({ directory })."],
    ["memories", "directory is missing; call it: sqlite({ directory })."],
    [{ directory: 5 }, "directory must be a string."],
    [{ directory: "" }, "directory must not be empty."],
    [{ directory: "memories", maxOpenFiles: 0 }, "maxOpenFiles must be a whole number from 1 on."],
    [{ directory: "memories", vectorExtension: 5 }, "vectorExtension must be a string."],
    [{ directory: "memories", busyTimeout: "5" }, "busyTimeout must be a whole number from 1 on."],
    [
      { directory: "memories", timeout: 5 },
      "timeout is not an option of sqlite; there are directory, maxOpenFiles, busyTimeout, vectorExtension.",
    ],
  ])("%j are refused", (options, message) => {
    expect(() => sqlite(options as never)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", message }),
    );
  });

  it("say that the directory is a file, or is inside one, to those who read and to those who write", async () => {
    const file = temporaryFolder();
    writeFileSync(file, "a text");
    for (const directory of [file, join(file, "below")]) {
      const memory = open(directory);
      for (const call of [() => memory.search("one", acme), () => memory.add("one", acme)])
        await expect(call()).rejects.toMatchObject({
          code: "INVALID_INPUT",
          path: "directory",
          message: expect.stringContaining(`${directory} is a file, or is inside one`),
        });
    }
    expect(readFileSync(file, "utf8")).toBe("a text");
  });
});

describe("filters", () => {
  it("take as many values as are documented, of any type", async () => {
    const memory = open(temporaryFolder());
    await memory.add("five", { ...acme, metadata: { value: 5 } });
    await memory.add("one", { ...acme, metadata: { value: 1 } });
    await memory.add("a text", { ...acme, metadata: { value: "5" } });
    await memory.add("a list", { ...acme, metadata: { value: [true, "a\0b"] } });
    const find = async (filter: MetadataFilter) =>
      (await memory.list({ ...acme, filter })).memories.map(({ text }) => text).sort();
    const many = Array.from({ length: 999 }, (_, index) => index + 10);
    expect(await find({ value: { $in: [...many, 5] } })).toEqual(["five"]);
    expect(await find({ value: { $nin: [...many, 5] } })).toEqual(["a list", "a text", "one"]);
    expect(await find({ value: { $in: [...many.map(String), "5"] } })).toEqual(["a text"]);
    expect(await find({ value: { $in: ["1", "true", "a\0c", "a"] } })).toEqual([]);
    for (const value of [true, "a\0b"]) expect(await find({ value })).toEqual(["a list"]);
  });
});
