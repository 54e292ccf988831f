import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { inMemory, Memory } from "./index.ts";

it("works at once, beside the project, and says once how it searches", async () => {
  const project = mkdtempSync(join(tmpdir(), "loci-project-"));
  vi.spyOn(process, "cwd").mockReturnValue(project);
  const said = vi.spyOn(console, "info").mockReturnValue();
  onTestFinished(() => {
    vi.restoreAllMocks();
    rmSync(project, { recursive: true });
  });
  new Memory({ embedder: null });
  expect(said).not.toHaveBeenCalled();
  const memory = new Memory();
  new Memory();
  expect(said).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("by keyword"));
  expect(existsSync(join(project, ".loci"))).toBe(false);
  await memory.add("hello", { orgId: "acme" });
  expect(existsSync(join(project, ".loci"))).toBe(true);
  await memory.close();
});

it("takes another store, but not a folder for it", async () => {
  const memory = new Memory({ store: inMemory(), embedder: null });
  await memory.add("hello", { orgId: "acme" });
  expect((await memory.search("hello", { orgId: "acme" })).map(({ text }) => text)).toEqual(["hello"]);
  expect(() => new Memory({ store: inMemory(), directory: "x", embedder: null })).toThrow(
    expect.objectContaining({ code: "INVALID_INPUT", path: "directory" }),
  );
});

it.each(["dir", "folder", "path"])("knows %s for the directory", (name) => {
  expect(() => new Memory({ [name]: "x", embedder: null } as object)).toThrow(/did you mean directory\?/);
});

it("refuses broken options with a typed error", () => {
  for (const options of [
    { directory: "" },
    { directory: 7 },
    { tenancy: "both" },
    { deployment: "" },
    { dir: "x" },
    { embedder: {} },
    { reranker: {} },
    { isolation: "none" },
  ]) {
    expect(
      () => new Memory({ ...options, ...("embedder" in options ? {} : { embedder: null }) } as object),
      JSON.stringify(options),
    ).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  }
});
