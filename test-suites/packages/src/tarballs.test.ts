import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packages, root, run, temporaryFolder } from "./workspace.ts";

const pnpm = ["-y", "pnpm@12.21.0"];

describe("published packages", () => {
  it.each(packages)("$manifest.name says everything that a package should", ({ folder, manifest }) => {
    expect(manifest).toMatchObject({
      description: expect.stringMatching(/.{30,}/),
      license: "Apache-2.0",
      type: "module",
      sideEffects: false,
      engines: { node: expect.stringMatching(/^>=22\.\d+$/) },
      exports: { ".": { "loci-source": "./src/index.ts" }, "./package.json": "./package.json" },
      files: expect.arrayContaining(["dist"]),
      publishConfig: { access: "public", provenance: true },
    });
    expect(manifest).not.toHaveProperty("repository");
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(["README.md", "LICENSE"]));
  });

  it("install into an empty project, import, type-check and remember something", () => {
    const project = temporaryFolder();
    run("npm", ["run", "--silent", "build"], root);
    for (const { folder } of packages) run("npx", [...pnpm, "pack", "--pack-destination", project], folder);
    const tarballs = readdirSync(project).filter((name) => name.endsWith(".tgz"));
    expect(tarballs).toHaveLength(packages.length);
    writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
    run("npm", ["install", "--no-audit", "--no-fund", ...tarballs.map((name) => `./${name}`)], project);

    for (const { manifest } of packages) {
      const installed = join(project, "node_modules", manifest.name);
      const files = readdirSync(installed, { recursive: true }).map(String);
      expect(
        files.filter((name) => /\.test\.|\.fixture\.|^src/.test(name)),
        manifest.name,
      ).toEqual([]);
      const published = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
      expect(JSON.stringify(published.exports)).not.toContain("loci-source");
      expect(JSON.stringify(published)).not.toMatch(/workspace:|catalog:/);
    }

    writeFileSync(
      join(project, "main.ts"),
      `import { Memory, InvalidScopeError } from "loci";
       import { inMemory } from "@loci/core";
       import { sqlite } from "@loci/sqlite";
       const memory = new Memory({ embedder: null });
       await memory.add("I take my coffee black", { orgId: "acme", userId: "alice" });
       const found = await memory.search("coffee", { orgId: "acme", userId: "alice" });
       const text: string | undefined = found[0]?.text;
       console.log(text, typeof inMemory, typeof sqlite, InvalidScopeError.isInstance(new InvalidScopeError("x")));
       await memory.close();`,
    );
    writeFileSync(
      join(project, "models.mjs"),
      `import { ollama } from "@loci/ollama";
       import { openai } from "@loci/openai";
       import { aiSdk } from "@loci/ai-sdk";
       console.log(ollama("qwen3:4b").id, openai.embedder("e", { baseURL: "http://localhost/v1" }).id, typeof aiSdk.embedder);`,
    );
    expect(run(process.execPath, ["models.mjs"], project)).toBe("ollama/qwen3:4b openai/e function\n");
    proveToyStore(project);
    const strict = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2023", "--types", ""];
    run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...strict, "main.ts"], project);
    const node = ["--disable-warning=ExperimentalWarning"];
    expect(run(process.execPath, [...node, "main.ts"], project)).toBe(
      "I take my coffee black function function true\n",
    );
    expect(readdirSync(join(project, ".loci")).filter((name) => name.endsWith(".db"))).toHaveLength(2);
  });
});

/** What the guide for adapters says, done in an empty project: the toy store is isolated, and a broken one is named. */
function proveToyStore(project: string): void {
  const toy = join(root, "examples/json-file-store/src");
  for (const name of readdirSync(toy)) copyFileSync(join(toy, name), join(project, name));
  const command = join(project, "node_modules/.bin/loci-conformance");
  expect(run(command, ["./harness.ts"], project)).toContain("json-file: isolated");
  const file = join(project, "json-file-store.ts");
  const right = readFileSync(file, "utf8");
  const wrong = right.replace(
    "return matching(where)\n        .flatMap(",
    "return read().rows\n        .flatMap(",
  );
  expect(wrong).not.toBe(right);
  writeFileSync(file, wrong);
  expect(() => run(command, ["./harness.ts"], project)).toThrow(
    /answers-are-not-shared-between-reaches[\s\S]*acme alice asked by search .*got: .*common acme bob/,
  );
}
