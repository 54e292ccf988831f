import { spawn } from "node:child_process";
import { cpSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { proveAdapter } from "./scaffolded-adapter.ts";
import { walkGuide } from "./walk-guide.ts";
import { packages, root, run, temporaryFolder } from "./workspace.ts";

const pnpm = ["-y", "pnpm@12.21.0"];
const packed = mkdtempSync(join(tmpdir(), "loci-tarballs-"));
beforeAll(() => {
  run("npm", ["run", "--silent", "build"], root);
  for (const { folder } of packages) run("npx", [...pnpm, "pack", "--pack-destination", packed], folder);
});
afterAll(() => rmSync(packed, { recursive: true, force: true }));

/** The packages as they are published, those whose file names match. */
function tarballs(names = /\.tgz$/): readonly string[] {
  return readdirSync(packed)
    .filter((name) => names.test(name))
    .map((name) => join(packed, name));
}

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
    expect(tarballs()).toHaveLength(packages.length);
    writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
    run("npm", ["install", "--no-audit", "--no-fund", ...tarballs()], project);

    for (const { manifest } of packages) {
      const installed = join(project, "node_modules", manifest.name);
      const files = readdirSync(installed, { recursive: true }).map(String);
      expect(
        files.filter((name) => /\.test\.|\.fixture\.|^src/.test(name) && !name.startsWith("templates/")),
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
    const strict = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2023", "--types", ""];
    run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...strict, "main.ts"], project);
    const node = ["--disable-warning=ExperimentalWarning"];
    expect(run(process.execPath, [...node, "main.ts"], project)).toBe(
      "I take my coffee black function function true\n",
    );
    expect(readdirSync(join(project, ".loci")).filter((name) => name.endsWith(".db"))).toHaveLength(2);
  });
});

describe("READMEs of published packages", () => {
  it.each(packages)("of $manifest.name link to nothing that is not there for a stranger", ({ folder }) => {
    const text = readFileSync(join(folder, "README.md"), "utf8");
    const dead = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !/^https:|^#/.test(target));
    expect(dead).toEqual([]);
  });
});

describe("npm create loci-adapter", () => {
  it.each(["sql", "http", "embedded"])(
    "of the kind %s gets its verdict at once",
    { timeout: 300_000 },
    (kind) => proveAdapter(kind, tarballs()),
  );

  it("is the beginning of the guide, which is walked from nothing to a verdict", { timeout: 300_000 }, () =>
    walkGuide(tarballs()),
  );

  it("and the suite say which Node they need, where it is too old", { timeout: 120_000 }, () => {
    const project = temporaryFolder();
    writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
    const names = /^(loci-(core|conformance)|create-loci-adapter)-/;
    run("npm", ["install", "--no-audit", "--no-fund", "node@20", ...tarballs(names)], project);
    const node = join(project, "node_modules/node/bin/node");
    for (const name of ["@loci/conformance", "create-loci-adapter"]) {
      const command = join(project, "node_modules", name, "dist/cli.js");
      expect(() => run(node, [command, "./harness.ts"], project)).toThrow(
        new RegExp(`ended with 2:\\s+${name} needs Node 22\\.18 or newer; this is 20\\.\\d+\\.\\d+\\.\\s*$`),
      );
    }
  });
});

describe("bundled applications", () => {
  const server = /^loci-(core|sqlite)-/;

  it("of Next.js build with its default bundler, and find by words and vectors", {
    timeout: 240_000,
  }, async () => {
    const project = temporaryFolder();
    cpSync(new URL("./next-application.fixture", import.meta.url), project, { recursive: true });
    const versions = ["next@16", "react@19", "react-dom@19"];
    run("npm", ["install", "--no-audit", "--no-fund", ...versions, ...tarballs(server)], project);
    run(join(project, "node_modules/.bin/next"), ["build"], project);
    // As it is deployed: a folder of its own, in which nothing was installed.
    const deployed = join(temporaryFolder(), "standalone");
    cpSync(join(project, ".next/standalone"), deployed, { recursive: true });
    const [extension = ""] = globSync(join(project, "node_modules/sqlite-vec-*/vec0.*"));
    for (const environment of [{}, { VECTOR_EXTENSION: extension }])
      expect(await askServer(deployed, environment)).toEqual({ found: ["I take my coffee black"] });
    // Without the files that the configuration names, the error says what to do.
    rmSync(join(deployed, "node_modules/sqlite-vec"), { recursive: true });
    expect(await askServer(deployed, {})).toEqual({ error: expect.stringContaining("vectorExtension") });
    expect(await askServer(deployed, { VECTOR_EXTENSION: extension })).toEqual({
      found: ["I take my coffee black"],
    });
  });

  it("of esbuild in CommonJS run, on their own and under Jest", { timeout: 240_000 }, async () => {
    const project = temporaryFolder();
    writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, jest: { rootDir: "." } }));
    run("npm", ["install", "--no-audit", "--no-fund", "jest@30", ...tarballs(server)], project);
    const contents = readFileSync(new URL("./next-application.fixture/app/api/remember.js", import.meta.url));
    writeFileSync(join(project, "remember.mjs"), contents);
    const files = {
      "program.cjs": "remember().then((answer) => console.log(JSON.stringify(answer)));",
      "bundle.test.js": `test("remembers", async () => {
         expect(await remember()).toEqual({ found: ["I take my coffee black"] });
       });`,
    };
    for (const [name, ending] of Object.entries(files)) {
      await build({
        stdin: { contents: `import { remember } from "./remember.mjs";\n${ending}`, resolveDir: project },
        outfile: join(project, name),
        bundle: true,
        platform: "node",
        format: "cjs",
        logLevel: "error",
      });
    }
    const node = ["--disable-warning=ExperimentalWarning"];
    expect(run(process.execPath, [...node, "program.cjs"], project)).toBe(
      '{"found":["I take my coffee black"]}\n',
    );
    run(process.execPath, [...node, join(project, "node_modules/jest/bin/jest.js"), "--ci"], project);
  });
});

/** Starts the server of a deployed Next.js application, and asks it once. */
async function askServer(folder: string, environment: Readonly<Record<string, string>>): Promise<unknown> {
  const server = spawn(process.execPath, ["server.js"], {
    cwd: folder,
    env: { ...process.env, HOSTNAME: "127.0.0.1", PORT: "0", NEXT_TELEMETRY_DISABLED: "1", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void server.kill());
  try {
    for await (const line of createInterface({ input: server.stdout })) {
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
      if (url) return await (await fetch(`${url}/api`)).json();
    }
    throw new Error("The server ended before it said where it listens.");
  } finally {
    server.kill();
  }
}
