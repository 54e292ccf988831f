import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
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
  "npm run check": ".ci/run",
  "npm run bench": "by hand: it takes minutes",
  "npm run bench -- --quick": "by hand: it takes minutes",
  "npm run format": "by hand: it changes files",
  "npm run build": "the tarball test runs the same",
  "npm run docs": "npm run check compares what it writes",
  "npm run saboteurs": "the saboteurs' own test runs the same",
  "npm run matrix": "the matrix tests run the same",
  "npx @loci/conformance ./harness.ts": "the tarball test, on the toy store",
  "npm install --save-dev @loci/conformance": "the tarball test",
  "npx @loci/conformance ./my-harness.ts": "the command's own test",
  "npm install loci": "the tarball test",
  "npm install @loci/core": "the tarball test",
  "npm install @loci/core @loci/sqlite": "the tarball test",
  ".ci/run": "by whoever reads this",
};

describe("documentation", () => {
  it("has pages", () => {
    expect(pages).toEqual(
      expect.arrayContaining(["README.md", "CONTRIBUTING.md", "SECURITY.md", "packages/core/README.md"]),
    );
  });

  it.each(pages)("%s: every fence is a program that runs, a known command or marked as text", (page) => {
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
    const options = [
      "--noEmit",
      "--module",
      "nodenext",
      "--target",
      "es2023",
      "--lib",
      "es2024",
      "--types",
      "node",
    ];
    const strict = [
      "--strict",
      "--noUncheckedIndexedAccess",
      "--exactOptionalPropertyTypes",
      "--allowImportingTsExtensions",
      "--skipLibCheck",
    ];
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    run(
      process.execPath,
      [tsc, ...options, ...strict, "--ignoreConfig", "--customConditions", "source", file],
      root,
    );
    const node = ["--conditions=source", "--disable-warning=ExperimentalWarning"];
    run(process.execPath, [...node, file], temporaryFolder());
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
