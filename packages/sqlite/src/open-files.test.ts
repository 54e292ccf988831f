import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { temporaryFolder } from "./database-folder.fixture.ts";
import { processArguments } from "./second-process.fixture.ts";

/** Runs a role in a process that may have 256 files open. */
function withFewFiles(role: string): string {
  const command = ["-c", 'ulimit -n 256 && exec "$@"', "sh", process.execPath];
  const { stdout, stderr } = spawnSync("sh", [...command, ...processArguments(role, temporaryFolder())], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return stdout.trim();
}

it.skipIf(process.platform !== "linux")("serves two hundred organizations with 256 files", () => {
  expect(withFewFiles("two-hundred-organizations")).toBe("200 with room");
});

it.skipIf(process.platform !== "linux")(
  "closes databases where files run out, and says so where none is left",
  () => {
    expect(JSON.parse(withFewFiles("few-files-left"))).toEqual({
      inTheRoomOfTheFirst: 1,
      none: expect.stringMatching(/^STORE_FAILURE: Too many files are open/),
    });
  },
);
