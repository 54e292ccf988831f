import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Memory } from "@loci/core";
import { describe, expect, it } from "vitest";
import { acme, temporaryFolder } from "./database-folder.fixture.ts";
import { startProcess } from "./second-process.fixture.ts";
import { sqlite } from "./sqlite-store.ts";

const alice = { ...acme, userId: "alice" };

/** Root may write everywhere, and so the reader becomes somebody who may not. Nobody else can. */
describe.skipIf(process.getuid?.() !== 0)("a folder that may only be read", () => {
  it.each(["alone", "beside the process that writes"])("is read, %s", async (how) => {
    const directory = temporaryFolder();
    const writer = () => new Memory({ store: sqlite({ directory }) });
    let memory = writer();
    await memory.add("the plan", alice);
    if (how === "alone") await memory.close();
    chmodSync(join(directory, ".."), 0o755);
    chmodSync(directory, 0o755);
    for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o644);
    const { line, ask } = startProcess("read-only", directory);
    const refused = expect.stringMatching(/^DATABASE_FILE read-only: .*may only be read/);
    expect(JSON.parse((await line()) ?? "{}")).toEqual({
      search: ["the plan"],
      list: 1,
      export: true,
      add: refused,
      delete: refused,
      newOrganization: refused,
      offboard: refused,
    });
    if (how === "alone") memory = writer();
    await memory.add("another plan", alice);
    for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o644);
    expect(JSON.parse((await ask("again")) ?? "[]").sort()).toEqual(["another plan", "the plan"]);
    await memory.close();
    expect(JSON.parse((await ask("again")) ?? "[]").sort()).toEqual(["another plan", "the plan"]);
  });
});
