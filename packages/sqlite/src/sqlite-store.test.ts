import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { Memory, type MetadataFilter } from "@loci/core";
import { namespaceKey, scopeFilter } from "@loci/core/store";
import { describe, expect, it, onTestFinished } from "vitest";
import { sqlite } from "./sqlite-store.ts";

const acme = { orgId: "acme" };
const fileOf = (directory: string, orgId: string, generation = 1) =>
  join(directory, `${namespaceKey({ kind: "organization", deployment: "default", orgId, generation })}.db`);

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "loci-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "memories");
}

function open(directory: string, options: { maxOpenFiles?: number; busyTimeout?: number } = {}): Memory {
  const memory = new Memory({ store: sqlite({ directory, ...options }) });
  onTestFinished(() => memory.close());
  return memory;
}

/** The files of a folder that this process has open, also those that were removed. */
function filesOpenIn(directory: string): readonly string[] {
  return readdirSync("/proc/self/fd")
    .map((fd) =>
      spawnSync("readlink", [`/proc/${process.pid}/fd/${fd}`])
        .stdout.toString()
        .trim(),
    )
    .filter((path) => path.startsWith(directory));
}

/** A second process on the same folder. */
function startProcess(role: string, directory: string) {
  const program = fileURLToPath(new URL("./second-process.fixture.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    ["--conditions=loci-source", "--disable-warning=ExperimentalWarning", program, role, directory],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, line: async () => (await lines.next()).value as string | undefined };
}

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
      names.every((name) => name === ".gitignore" || /^m1_[a-z2-7]{52}\.db(-wal|-shm)?$/.test(name)),
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
    expect(database.prepare("pragma user_version").get()).toEqual({ user_version: 1 });
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
    for (const suffix of [".0.new", ".0.new-wal", "-journal"]) writeFileSync(file + suffix, "left over");
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
    [{ directory: "memories", busyTimeout: "5" }, "busyTimeout must be a whole number from 1 on."],
    [
      { directory: "memories", timeout: 5 },
      "timeout is not an option of sqlite; there are directory, maxOpenFiles, busyTimeout.",
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
      for (const call of [memory.search("one", acme), memory.add("one", acme)])
        await expect(call).rejects.toMatchObject({
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

describe("broken files", () => {
  async function withFile(): Promise<{ directory: string; file: string }> {
    const directory = temporaryFolder();
    const memory = new Memory({ store: sqlite({ directory }) });
    await memory.add("one", acme);
    await memory.close();
    return { directory, file: fileOf(directory, "acme") };
  }

  const breakages: Record<string, readonly [problem: string, (file: string) => void]> = {
    "no database at all": [
      "corrupt",
      (file) => writeFileSync(file, "this is a text file, and a rather long one\n".repeat(200)),
    ],
    "an empty file": ["foreign", (file) => writeFileSync(file, "")],
    "another application's database": [
      "foreign",
      (file) => {
        rmSync(file);
        const database = new DatabaseSync(file);
        database.exec("create table notes (text); insert into notes values ('mine')");
        database.close();
      },
    ],
    "a newer version's": [
      "newer",
      (file) => {
        const database = new DatabaseSync(file);
        database.exec("pragma user_version = 999");
        database.close();
      },
    ],
    "damaged in the middle": [
      "corrupt",
      (file) => {
        const bytes = readFileSync(file);
        writeFileSync(file, bytes.fill(0xff, 100, bytes.length - 100));
      },
    ],
    "a folder": [
      "unreadable",
      (file) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
  };

  it.each(Object.entries(breakages))(
    "names a file that is %s, and leaves it alone",
    async (_, [problem, breakFile]) => {
      const { directory, file } = await withFile();
      breakFile(file);
      const before = statSync(file).isFile() ? readFileSync(file) : undefined;
      const memory = open(directory);
      for (const call of [() => memory.search("one", acme), () => memory.add("two", acme)]) {
        const error: unknown = await call().catch((reason: unknown) => reason);
        expect(error).toMatchObject({ code: "DATABASE_FILE", problem, path: file });
        expect((error as Error).message).toContain(file);
      }
      if (before) expect(readFileSync(file).equals(before)).toBe(true);
      // The neighbours do not notice.
      await memory.add("fine", { orgId: "other" });
    },
  );

  it("names a file that it may not read", async () => {
    const { directory, file } = await withFile();
    chmodSync(file, 0o000);
    // Root may read everything, and so becomes somebody who may not.
    const asRoot = process.getuid?.() === 0;
    if (asRoot) {
      spawnSync("chown", ["-R", "65534", directory]);
      spawnSync("chown", ["0", file]);
      chmodSync(join(directory, ".."), 0o755);
    }
    const program = fileURLToPath(new URL("./second-process.fixture.ts", import.meta.url));
    const child = spawnSync(
      process.execPath,
      [
        "--conditions=loci-source",
        "--disable-warning=ExperimentalWarning",
        program,
        asRoot ? "read-as-nobody" : "read",
        directory,
      ],
      { encoding: "utf8" },
    );
    expect(child.stdout.trim(), child.stderr).toBe(`DATABASE_FILE unreadable ${file}`);
  });

  it("does not open a file under another organization's name", async () => {
    const { directory, file } = await withFile();
    const memory = open(directory);
    await memory.add("of rival", { orgId: "rival" });
    await memory.close();
    copyFileSync(fileOf(directory, "rival"), file);
    await expect(open(directory).search("rival", acme)).rejects.toMatchObject({
      code: "NAMESPACE_OWNERSHIP",
    });
  });

  it("says so when the directory lists an organization whose file was lost, and makes no new one", async () => {
    const { directory, file } = await withFile();
    rmSync(file);
    const memory = open(directory);
    await expect(memory.add("two", acme)).rejects.toMatchObject({
      code: "STORE_FAILURE",
      message: expect.stringContaining("missing"),
    });
    expect(existsSync(file)).toBe(false);
  });
});

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
    const { child, line } = startProcess("answer", directory);
    await memory.add("said by the first", acme);
    child.stdin.write("first\n");
    expect(await line()).toBe("said by the first");
    expect((await memory.search("second", { ...acme, limit: 1 }))[0]?.text).toBe("said by the second");
  });

  it("refuses the write of a process that still has an offboarded organization's file open", async () => {
    const directory = temporaryFolder();
    const memory = open(directory);
    await memory.add("early", acme);
    const { child, line } = startProcess("answer", directory);
    child.stdin.write("early\n");
    expect(await line()).toBe("early");
    await memory.organization(acme.orgId).offboard();
    child.stdin.write("early\n");
    expect(await line()).toBe("ORGANIZATION_GONE");
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

/** A small file system needs a mount namespace of one's own, which not every system grants. */
const canMount = spawnSync("unshare", ["--user", "--map-root-user", "--mount", "true"]).status === 0;

describe("a full disk", () => {
  it.skipIf(!canMount)(
    "is a typed error, keeps what was stored, and goes on once there is room",
    async () => {
      const folder = temporaryFolder();
      mkdirSync(folder, { recursive: true });
      const program = fileURLToPath(new URL("./second-process.fixture.ts", import.meta.url));
      // A file system of 1 MiB in a mount namespace of the child's own; root is not needed.
      const node = [
        process.execPath,
        "--conditions=loci-source",
        "--disable-warning=ExperimentalWarning",
        program,
        "fill",
        folder,
      ];
      const script = `mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"`;
      const child = spawnSync(
        "unshare",
        ["--user", "--map-root-user", "--mount", "sh", "-c", script, folder, ...node],
        { encoding: "utf8" },
      );
      expect(child.stderr).toBe("");
      const [code, retryable, stored, intact, after] = child.stdout.trim().split(" ");
      expect([code, retryable, intact, after]).toEqual(["STORAGE_FULL", "true", "intact", "added"]);
      expect(Number(stored)).toBeGreaterThan(0);
    },
  );
});
