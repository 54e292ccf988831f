import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "./database-folder.fixture.ts";
import { processArguments } from "./second-process.fixture.ts";

/** A small file system needs a mount namespace of one's own, which not every system grants. */
const canMount = spawnSync("unshare", ["--user", "--map-root-user", "--mount", "true"]).status === 0;

/** Runs a role on a file system of 1 MiB, in a mount namespace of its own; root is not needed. */
function onSmallDisk(role: string, options = ""): string {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const script = `mount -t tmpfs -o size=1m tmpfs "$0" ${options} && exec "$@"`;
  const { stdout, stderr } = spawnSync(
    "unshare",
    [
      "--user",
      "--map-root-user",
      "--mount",
      "sh",
      "-c",
      script,
      folder,
      process.execPath,
      ...processArguments(role, folder),
    ],
    { encoding: "utf8" },
  );
  expect(stderr).toBe("");
  return stdout.trim();
}

describe.skipIf(!canMount)("a full disk", () => {
  it("is a typed error, keeps what was stored, and goes on once there is room", () => {
    const [code, retryable, stored, intact, after] = onSmallDisk("fill").split(" ");
    expect([code, retryable, intact, after]).toEqual(["STORAGE_FULL", "true", "intact", "added"]);
    expect(Number(stored)).toBeGreaterThan(0);
  });

  it("keeps nobody from reading, nor from erasing", () => {
    expect(JSON.parse(onSmallDisk("erase-on-full-disk"))).toEqual({
      list: 3,
      search: 3,
      add: expect.stringMatching(/^STORAGE_FULL/),
      delete: 1,
      deleteMany: 2,
      deleteAll: 3,
      addAgain: expect.stringMatching(/^STORAGE_FULL|added/),
      forget: 3,
      offboard: "receipt",
      left: [],
    });
  });
});
