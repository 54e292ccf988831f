import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import vm from "node:vm";
import { Worker } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { root, run, temporaryFolder } from "./workspace.ts";

/** A program that uses nothing but core and what every runtime has, and says what it found. */
const program = `
  import { inMemory, Memory } from "@loci/core";
  async function main() {
    const memory = new Memory({ store: inMemory() });
    await memory.add("our internal CRM is called Atlas", { orgId: "acme" });
    await memory.add("我们的客户系统叫做阿特拉斯", { orgId: "acme", userId: "li" });
    await memory.add("a secret of rival", { orgId: "rival" });
    const found = await memory.search("which CRM?", { orgId: "acme", userId: "li", threshold: 0.1 });
    const chinese = await memory.search("阿特拉斯", { orgId: "acme", userId: "li", threshold: 0.1 });
    const dump = await memory.organization("acme").export({ gzip: true });
    const { imported } = await memory.organization("copy").import(dump, { from: "acme" });
    const { memories } = await memory.organization("acme").offboard();
    let late = "accepted";
    try {
      await memory.add("late", { orgId: "acme" });
    } catch (error) {
      late = error.code;
    }
    return [found.map(({ text }) => text), chinese.map(({ text }) => text), imported, memories, late];
  }
`;
const expected = JSON.stringify([
  ["our internal CRM is called Atlas"],
  ["我们的客户系统叫做阿特拉斯"],
  2,
  2,
  "ORGANIZATION_GONE",
]);

/** Bundles for the browser: an import of anything that a browser lacks fails here. */
async function bundle(
  ending: string,
  options: { minify?: boolean; format?: "esm" | "iife" } = {},
): Promise<string> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program + ending, resolveDir: join(root, "test-suites/packages") },
    bundle: true,
    write: false,
    metafile: true,
    platform: "browser",
    conditions: ["loci-source"],
    format: "esm",
    ...options,
  });
  for (const [file, { imports }] of Object.entries(metafile.inputs)) {
    for (const { path } of imports) expect(path, `imported by ${file}`).not.toMatch(/^node:/);
  }
  const code = outputFiles[0]?.text ?? "";
  expect(code).not.toMatch(/["']node:/);
  return code;
}

/** Their binaries come from npm, for this platform. */
const hasRuntimes = process.platform === "linux" && process.arch === "x64";

function binary(name: string, file: string): string {
  return createRequire(import.meta.url).resolve(`${name}/${file}`);
}

describe("core", () => {
  it("bundles for the browser without anything of Node's, and says how large it is", async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: 'export { Memory, inMemory } from "@loci/core";',
        resolveDir: join(root, "test-suites/packages"),
      },
      bundle: true,
      write: false,
      minify: true,
      platform: "browser",
      conditions: ["loci-source"],
      format: "esm",
    });
    const code = outputFiles[0]?.contents ?? new Uint8Array();
    const compressed = gzipSync(code).length;
    console.log(`  @loci/core for the browser: ${code.length} bytes, ${compressed} gzipped`);
    // Not a target: it turns red when something large slips in.
    expect(compressed).toBeLessThan(95_000);
  });

  it("runs where there is nothing but what browsers have", async () => {
    const code = await bundle("globalThis.finished = main();", { format: "iife" });
    const streams = { ReadableStream, CompressionStream, DecompressionStream };
    const text = { TextEncoder, TextDecoder, atob, btoa };
    const time = { performance, setTimeout, clearTimeout, setInterval, clearInterval };
    const others = { AbortController, AbortSignal, crypto, structuredClone, console };
    const context = vm.createContext({ ...streams, ...text, ...time, ...others });
    vm.runInContext(code, context);
    expect(JSON.stringify(await context.finished)).toBe(expected);
    expect(context.process).toBeUndefined();
  });

  it("runs in a worker", async () => {
    const code = await bundle("self.postMessage(await main());");
    const prelude =
      'import { parentPort } from "node:worker_threads"; globalThis.self = { postMessage: (value) => parentPort.postMessage(value) };';
    const file = join(temporaryFolder(), "worker.mjs");
    writeFileSync(file, `${prelude}\n${code}`);
    const worker = new Worker(file);
    const answer = await new Promise((resolve, reject) =>
      worker.once("message", resolve).once("error", reject),
    );
    expect(JSON.stringify(answer)).toBe(expected);
  });

  it.skipIf(!hasRuntimes)("runs in Deno", async () => {
    const file = join(temporaryFolder(), "program.js");
    writeFileSync(file, await bundle("console.log(JSON.stringify(await main()));"));
    // Without any permission: it needs none.
    const deno = binary("@deno/linux-x64-glibc", "deno");
    expect(run(deno, ["run", "--no-prompt", "--no-remote", "--no-config", file], root).trim()).toBe(expected);
  });

  it.skipIf(!hasRuntimes)("runs in Bun", async () => {
    const file = join(temporaryFolder(), "program.js");
    writeFileSync(file, await bundle("console.log(JSON.stringify(await main()));"));
    expect(run(binary("@oven/bun-linux-x64", "bin/bun"), ["run", file], root).trim()).toBe(expected);
  });
});
