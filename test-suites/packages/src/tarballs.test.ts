import { readdirSync, readFileSync, writeFileSync } from "node:fs";
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
      exports: { ".": { source: "./src/index.ts" }, "./package.json": "./package.json" },
      files: expect.arrayContaining(["dist"]),
      publishConfig: { access: "public", provenance: true },
    });
    expect(manifest).not.toHaveProperty("repository");
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(["README.md", "LICENSE"]));
  });

  it("install into an empty project, import, type-check and remember something", () => {
    const project = temporaryFolder();
    run(
      "npx",
      [...pnpm, "--recursive", "--filter", "./packages/*", "--filter", "@loci/conformance", "run", "build"],
      root,
    );
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
      expect(JSON.stringify(published.exports)).not.toContain("source");
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
      join(project, "harness.mjs"),
      `import { inMemory } from "@loci/core";
       export const harness = { name: "tarball", create: async () => ({ store: inMemory(), dispose: async () => {} }) };`,
    );
    expect(run(join(project, "node_modules/.bin/loci-conformance"), ["./harness.mjs"], project)).toContain(
      "tarball: isolated",
    );
    const strict = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2023", "--types", ""];
    run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...strict, "main.ts"], project);
    const node = ["--disable-warning=ExperimentalWarning"];
    expect(run(process.execPath, [...node, "main.ts"], project)).toBe(
      "I take my coffee black function function true\n",
    );
    expect(readdirSync(join(project, ".loci")).filter((name) => name.endsWith(".db"))).toHaveLength(2);
  });
});
