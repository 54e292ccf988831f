import { existsSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, it, onTestFinished } from "vitest";
import { makeFolder } from "./make-folder.ts";

/** What `stat -f` calls a file system that lies in memory. */
const tmpfs = 0x01021994;

function made(options?: Parameters<typeof makeFolder>[1]): string {
  const folder = makeFolder("loci-folder-", options);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

it("makes a folder where temporary files lie where it has to be on a disk", () => {
  expect(made({ onDisk: true }).startsWith(tmpdir())).toBe(true);
});

it("makes a folder in memory where there is room", ({ skip }) => {
  const memory = existsSync("/dev/shm") ? statfsSync("/dev/shm") : undefined;
  skip(!memory || memory.bavail * memory.bsize < 4 * 1024 ** 3, "This machine has no room in memory.");
  expect(statfsSync(made()).type).toBe(tmpfs);
});
