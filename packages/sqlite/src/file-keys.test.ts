import {
  linkSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Memory } from "@loci/core";
import { expect, it, onTestFinished } from "vitest";
import { fileKeys, sqlite } from "./index.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "loci-keys-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const acme = { orgId: "acme" };

it("keeps one key for each organization, which nobody else may read, and ends them with it", async () => {
  const directory = join(folder(), "keys");
  const store = sqlite({ directory: folder() });
  onTestFinished(() => store.close());
  const memory = new Memory({ store, keys: fileKeys({ directory }), embedder: null });
  await memory.add("acme's", acme);
  await memory.add("rival's", { orgId: "rival" });
  const files = readdirSync(directory);
  expect(files).toHaveLength(2);
  for (const file of files) {
    expect(file).toMatch(/^[0-9a-f]{64}\.key$/);
    const { mode, size } = statSync(join(directory, file));
    expect([mode & 0o777, size]).toEqual([0o600, 32]);
  }
  expect(
    (await new Memory({ store, keys: fileKeys({ directory }), embedder: null }).list(acme)).memories,
  ).toHaveLength(1);
  await memory.organization(acme.orgId).offboard();
  expect(readdirSync(directory)).toHaveLength(1);
  expect((await memory.list({ orgId: "rival" })).memories).toHaveLength(1);
});

it("gives two processes that begin at once the same key", async () => {
  const directory = folder();
  const owner = { deployment: "default", orgId: "acme", generation: 1 };
  const made = await Promise.all(Array.from({ length: 20 }, () => fileKeys({ directory }).create(owner, {})));
  for (const { key, wrapped } of made)
    expect(await fileKeys({ directory }).open(wrapped, owner, {})).toEqual(Uint8Array.from(key));
  expect(readdirSync(directory)).toHaveLength(1);
});

it("tells a missing key from a damaged one", async () => {
  const directory = folder();
  const owner = { deployment: "default", orgId: null, generation: 1 };
  const keys = fileKeys({ directory });
  const { wrapped } = await keys.create(owner, {});
  truncateSync(join(directory, readdirSync(directory)[0] ?? ""), 5);
  await expect(keys.open(wrapped, owner, {})).rejects.toMatchObject({ code: "KEY_ERROR", problem: "wrong" });
  await keys.destroy(owner, {});
  await keys.destroy(owner, {});
  await expect(keys.open(wrapped, owner, {})).rejects.toMatchObject({
    code: "KEY_ERROR",
    problem: "missing",
  });
});

it("ends with a key what a killed process has left of it, and nothing of a neighbour's", async () => {
  const directory = folder();
  const owner = { deployment: "default", orgId: "acme", generation: 1 };
  const keys = fileKeys({ directory });
  await keys.create(owner, {});
  const [name = ""] = readdirSync(directory);
  // A kill between the link and the removal of the draft leaves a second name of the same key.
  linkSync(join(directory, name), join(directory, `${name}.0.new`));
  const rival = await keys.create({ ...owner, orgId: "rival" }, {});
  await keys.destroy(owner, {});
  expect(readdirSync(directory).filter((left) => left.startsWith(name))).toEqual([]);
  expect(await keys.open(rival.wrapped, { ...owner, orgId: "rival" }, {})).toHaveLength(32);
});

it.each([
  ["a symbolic link", symlinkSync],
  ["a hard link", linkSync],
] as const)("is not said to be destroyed where it is %s of a key elsewhere", async (_, link) => {
  const [directory, elsewhere] = [folder(), folder()];
  const owner = { deployment: "default", orgId: "acme", generation: 1 };
  const keys = fileKeys({ directory });
  const { wrapped } = await keys.create(owner, {});
  const [name = ""] = readdirSync(directory);
  renameSync(join(directory, name), join(elsewhere, name));
  link(join(elsewhere, name), join(directory, name));
  await expect(keys.destroy(owner, {})).rejects.toMatchObject({ code: "KEY_ERROR", message: /link/ });
  expect(await keys.open(wrapped, owner, {})).toHaveLength(32);
});

it("is refused without a folder", () => {
  expect(() => fileKeys({} as never)).toThrow(/call it: fileKeys\(\{ directory \}\)/);
});
