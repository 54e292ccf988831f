import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type Backend, leftOut, ollama, testModels } from "@loci/backends";
import { servers } from "@loci/matrix/servers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { examplesIn, exportsOf } from "./doc-comments.ts";
import { root, run, temporaryFolder } from "./workspace.ts";

const pages = globSync(
  ["*.md", "docs/**/*.md", "packages/*/*.md", "examples/*/*.md", "test-suites/*/*.md", ".changeset/*.md"],
  { cwd: root },
)
  .filter((page) => !page.includes("node_modules"))
  .sort();

interface Fence {
  readonly language: string;
  readonly code: string;
  readonly line: number;
}

function fencesOf(page: string): readonly Fence[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? "",
    code: match[2] ?? "",
    line: text.slice(0, match.index).split("\n").length,
  }));
}

/** Commands that a page may show, with how each is known to work. */
const commands: Readonly<Record<string, string>> = {
  "npm start": "the quickstart test and .ci/run",
  "npm start -- --keep": "the quickstart test",
  "npm test": "this run",
  "npm run test:quick": "by hand: its tests are among those of this run",
  "npm run test:quick -- search": "by hand: its tests are among those of this run",
  "LOCI_STORES=sqlite,postgres npm test": "by hand: its tests are among those of this run",
  "npm run test:exhaustive": "by hand: it takes hours",
  "npm run check": ".ci/run",
  "npm run bench": "by hand: it takes minutes",
  "npm run bench -- --quick": "by hand: it takes minutes",
  "npm run bench -- --only=against --base=COMMIT": "by hand: it takes minutes",
  "npm run mutants": "by hand: it takes hours; mutants.test.ts runs a sample",
  "npm run format": "by hand: it changes files",
  "npm run build": "the tarball test runs the same",
  "npm run docs": "npm run check compares what it writes",
  "npm run saboteurs": "the saboteurs' own test runs the same",
  "npm run matrix": "the matrix tests run the same",
  "npm run simulate": "the simulation's own test runs the same",
  "npm run storm": "the storm's own test runs a short one",
  "npm run backends -- list": "by hand",
  "npm run backends -- install": ".ci/run",
  "npm run backends -- start chroma": "by hand: it runs until it is ended",
  "npm install @loci/core @loci/postgres pg": "the tarball test",
  "npm install @loci/core @loci/qdrant @qdrant/js-client-rest": "the tarball test",
  "npm install @loci/core @loci/chroma chromadb": "the tarball test",
  "npm install @loci/core @loci/elasticsearch @elastic/elasticsearch": "the tarball test",
  "npm create loci-adapter": "the command's own test",
  "npm create loci-adapter acme-db -- --kind sql": "the tarball test",
  "npm install": "the tarball test",
  "npm run prove": "the tarball test",
  "npm run prove -- --only answers-are-not-shared-between-reaches": "the tarball test",
  "npm run prove -- --sabotage forgets-the-reach-search --only reads-see-exactly-their-reach":
    "the tarball test",
  "npm run prove -- --watch --bail --layer store": "the conformance command's own test",
  "npm install --save-dev @loci/conformance": "the tarball test",
  "npx @loci/conformance ./my-harness.ts": "the command's own test",
  "npm install loci @loci/ollama ollama": "the tarball test",
  "npm install loci @loci/openai openai": "the tarball test",
  "npm install loci @loci/ai-sdk @ai-sdk/openai-compatible": "the tarball test",
  "npm start -- --ollama": "the quickstart test",
  "npm run eval -- --model qwen3:4b": "the evaluation's test, with another model",
  "npm run eval -- --model qwen3:4b --url http://127.0.0.1:11434":
    "the evaluation's test, with another model",
  "ollama pull nomic-embed-text": "not run: it needs a model hub",
  "ollama pull qwen3:4b": "not run: it needs a model hub",
  "npm install @loci/core @loci/opentelemetry @opentelemetry/api": "the tarball test",
  "npm install loci @loci/mem0": "the tarball test",
  "npm install loci": "the tarball test",
  "npm install @loci/core": "the tarball test",
  "npm install @loci/core @loci/sqlite": "the tarball test",
  ".ci/run": "by whoever reads this",
};

/** The servers that the programs of some pages need, and the variable in which they expect an address. */
const serversOfPages: Readonly<Record<string, readonly [server: keyof typeof servers, variable: string]>> = {
  "packages/postgres/README.md": ["postgres", "POSTGRES_URL"],
  "packages/chroma/README.md": ["chroma", "CHROMA_URL"],
  "packages/elasticsearch/README.md": ["elasticsearch", "ELASTICSEARCH_URL"],
  "packages/qdrant/README.md": ["qdrant", "QDRANT_URL"],
};

/** Pages whose programs need models, with the variable in which they expect the address, and what follows it. */
const modelsOfPages: Readonly<Record<string, readonly [variable: string, path: string]>> = {
  "README.md": ["OLLAMA_HOST", ""],
  "docs/guides/self-host.md": ["OLLAMA_HOST", ""],
  "packages/ollama/README.md": ["OLLAMA_HOST", ""],
  "packages/openai/README.md": ["OPENAI_BASE_URL", "/v1"],
  "packages/ai-sdk/README.md": ["OPENAI_BASE_URL", "/v1"],
};
/** The models that pages name, and those of the tests that stand for them: the programs are run, not their answers. */
const standIns: Readonly<Record<string, string>> = {
  "nomic-embed-text": testModels.embedder,
  "text-embedding-3-small": testModels.embedder,
  "qwen3:4b": testModels.chat,
  "gpt-5-mini": testModels.chat,
};

/** Starts the server of a page and sets its variable. Returns why the page's program cannot run, undefined where it can. */
async function provideServer(page: string): Promise<string | undefined> {
  if (Object.hasOwn(modelsOfPages, page)) return provideModels(page);
  const [name, variable] = serversOfPages[page] ?? [];
  if (!name || !variable) return undefined;
  const { backend, prepare } = servers[name] as (typeof servers)[string];
  const reason = reasonToSkip(backend);
  if (reason) return reason;
  const server = await backend.start();
  process.env[variable] = await prepare(server.url);
  onTestFinished(async () => {
    delete process.env[variable];
    await server.stop();
  });
  return undefined;
}

/** Why a server is not started. With `LOCI_REQUIRE_BACKENDS` set, one that is not installed is a failure. */
function reasonToSkip(backend: Backend): string | undefined {
  const onPurpose = leftOut(backend);
  if (onPurpose !== undefined || backend.isInstalled()) return onPurpose;
  expect(process.env.LOCI_REQUIRE_BACKENDS, `This needs ${backend.title}`).toBeFalsy();
  return `${backend.title} is not installed`;
}

async function provideModels(page: string): Promise<string | undefined> {
  const reason = reasonToSkip(ollama);
  if (reason) return reason;
  const server = await ollama.start();
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await server.stop();
  });
  for (const [source, destination] of Object.entries(standIns).map(([name, model]) => [model, name])) {
    const body = JSON.stringify({ source, destination });
    expect((await fetch(`${server.url}/api/copy`, { method: "POST", body })).ok).toBe(true);
  }
  const [variable = "", path = ""] = modelsOfPages[page] ?? [];
  vi.stubEnv(variable, `${server.url}${path}`);
  vi.stubEnv("OPENAI_API_KEY", "none");
  return undefined;
}

/** Compiles programs as strictly as a reader may. */
function compile(files: readonly string[]): void {
  const options = ["--noEmit", "--module", "nodenext", "--target", "es2023", "--lib", "es2024"];
  const strict = ["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes"];
  const own = ["--types", "node", "--allowImportingTsExtensions", "--skipLibCheck", "--ignoreConfig"];
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  run(
    process.execPath,
    [tsc, ...options, ...strict, ...own, "--customConditions", "loci-source", ...files],
    root,
  );
}

/** What the examples of doc comments take for given. */
const given = `
declare const memory: core.Memory;
declare const alice: core.MemoryScope;
declare const acme: core.Organization;
declare const id: string;
declare const receipt: core.ErasureReceipt;
declare const masters: core.MasterKeys;
declare const error: unknown;
`;

/** An example as a program of its own, which imports what it names from the entry that has it. */
function programOf(code: string, specifiers: ReadonlyMap<string, string>): string {
  const imports = [...specifiers]
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(code))
    .map(([name, specifier]) => `import { ${name} } from "${specifier}";`);
  return `import type * as core from "@loci/core";
${imports.join("\n")}
${given}
export async function example() {
${code.replaceAll(/^/gm, "  ")}
}
`;
}

describe("the doc comments of core", () => {
  const exported = Object.entries({
    "@loci/core/store": exportsOf("store"),
    "@loci/core/model": exportsOf("model"),
    "@loci/core": exportsOf("index"),
  }).flatMap(([specifier, names]) => names.map((name) => ({ ...name, specifier })));
  const specifiers = new Map(exported.map(({ name, specifier }) => [name, specifier]));

  it("stand at every name that applications and model adapters import, with an example", () => {
    const bare = [...exportsOf("index"), ...exportsOf("model")].filter(
      ({ comment }) => examplesIn(comment).length === 0,
    );
    expect(bare.map(({ name }) => name)).toEqual([]);
  });

  it("have examples that compile", () => {
    const folder = join(root, "test-suites/packages/.cache/doc-comments");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const comments = new Map(exported.map(({ name, comment }) => [name, comment]));
    const files = [...comments].flatMap(([name, comment]) =>
      examplesIn(comment).map((code, index) => {
        const file = join(folder, `${name}-${index}.ts`);
        writeFileSync(file, programOf(code, specifiers));
        return file;
      }),
    );
    expect(files.length).toBeGreaterThan(80);
    compile(files);
  });
});

describe("documentation", () => {
  it("has pages", () => {
    expect(pages).toEqual(
      expect.arrayContaining(["README.md", "CONTRIBUTING.md", "SECURITY.md", "packages/core/README.md"]),
    );
  });

  it.for(pages)(
    "%s: every fence is a program that runs, a known command or marked as text",
    async (page, { skip }) => {
      const programs: string[] = [];
      for (const { language, code, line } of fencesOf(page)) {
        if (language === "ts") programs.push(code);
        else if (language === "sh") {
          for (const command of code.trim().split("\n")) {
            expect(Object.keys(commands), `${page}:${line}`).toContain(command.replace(/\s+#.*$/, "").trim());
          }
        } else expect(language, `${page}:${line}: the language of the fence`).toBe("text");
      }
      if (programs.length === 0) return;
      // The fences of a page are one program, in their order, as a reader would type them.
      const folder = join(root, "test-suites/packages/.cache", page.replaceAll(/[^a-z0-9]+/gi, "-"));
      mkdirSync(folder, { recursive: true });
      const file = join(folder, "page.ts");
      writeFileSync(file, `${programs.join("\n")}\nexport {};\n`);
      compile([file]);
      const node = ["--conditions=loci-source", "--disable-warning=ExperimentalWarning"];
      const reason = await provideServer(page);
      if (reason) skip(reason);
      try {
        run(process.execPath, [...node, file], temporaryFolder());
      } catch (error) {
        // The tiny model of the tests answers at random. That its answer is of no use is told, and is no fault of the page.
        const asksModel = programs.some((code) => code.includes("languageModel"));
        if (!asksModel || !String(error).includes("code: 'EXTRACTION_FAILED'")) throw error;
      }
    },
  );

  it("says to an author of an adapter what authors missed: words, vectors, what runs at once, limits", () => {
    const guide = readFileSync(join(root, "docs/guides/add-an-adapter.md"), "utf8");
    for (const said of [
      /^## Words$/m,
      /\*\*Vector\*\*: optional/,
      /^\| what runs at once +\| any calls/m,
      /^\| limits +\| 1 to 2,000 in a search, 2 to 1,001 in a list/m,
      /^\| lists +\| never empty/m,
      /^\| a batch +\| .*no two of them the same one/m,
    ])
      expect(guide).toMatch(said);
  });

  it("asks an author of an adapter to hold at most fifteen concepts", () => {
    const guide = readFileSync(join(root, "docs/guides/add-an-adapter.md"), "utf8");
    const [, list = ""] = guide.split("## Fifteen concepts");
    const concepts = [...(list.split("\n## ")[0] ?? "").matchAll(/^\d+\. \*\*/gm)];
    expect(concepts).toHaveLength(15);
  });

  it.each(pages)("%s: every link to a file of this repository leads somewhere", (page) => {
    const text = readFileSync(join(root, page), "utf8").replace(/```[\s\S]*?```/g, "");
    for (const [, target = ""] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const file = resolve(dirname(join(root, page)), target);
      expect(existsSync(file), `${page} links to ${relative(root, file)}`).toBe(true);
    }
  });
});
