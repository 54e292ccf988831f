import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Memory } from "@loci/core";
import { describe, expect, it } from "vitest";
import { acme, fileOf, open, temporaryFolder } from "./database-folder.fixture.ts";
import { processArguments } from "./second-process.fixture.ts";
import { sqlite } from "./sqlite-store.ts";

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
    "of before the first release": [
      "foreign",
      (file) => {
        const database = new DatabaseSync(file);
        database.exec("pragma user_version = 1");
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
    const role = asRoot ? "read-as-nobody" : "read";
    const child = spawnSync(process.execPath, processArguments(role, directory), { encoding: "utf8" });
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
