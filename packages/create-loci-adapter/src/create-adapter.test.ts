import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { askKind } from "./ask-kind.ts";
import { createAdapter } from "./create-adapter.ts";
import { InvalidChoiceError } from "./invalid-choice-error.ts";
import { type Kind, kinds } from "./kinds.ts";

const names = Object.keys(kinds) as Kind[];

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "loci-create-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Every file of a project with its text. */
function filesOf(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return new Map(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), readFileSync(path, "utf8")];
    }),
  );
}

describe("createAdapter", () => {
  it.each(names)("makes a project of the kind %s under the author's names", (kind) => {
    const folder = join(emptyFolder(), "acme-db");
    expect(createAdapter({ kind, folder, name: "@acme/loci-db" })).toBe(folder);
    const files = filesOf(folder);
    expect([...files.keys()]).toEqual(
      expect.arrayContaining([
        "package.json",
        ".gitignore",
        ".github/workflows/prove.yml",
        "README.md",
        "src/index.ts",
        "src/loci-db-store.ts",
        "test/harness.ts",
        "test/conformance.test.ts",
      ]),
    );
    expect(JSON.parse(files.get("package.json") ?? "")).toMatchObject({ name: "@acme/loci-db" });
    expect(files.get("src/index.ts")).toContain("lociDbStore");
    for (const [path, text] of files) expect(text, path).not.toMatch(/my-(store|package)|myStore|MyStore/);
  });

  it.each(names)("marks each method of the kind %s that is the author's", (kind) => {
    const folder = join(emptyFolder(), "acme-db");
    createAdapter({ kind, folder });
    const source = [...filesOf(folder)].filter(([path]) => path.startsWith("src/")).map(([, text]) => text);
    const marked = (method: string) =>
      source.some((text) => new RegExp(`YOURS: [^\\n]*\\n\\s*(?:async )?${method}\\b`).test(text));
    const driver = ["capabilities", "limits", "classify", "find", "create", "drop", "leftovers"];
    const calls = ["write", "search", "searchText", "list", "delete", "deleteVersions", "count"];
    expect([...driver, ...calls].filter((method) => !marked(method))).toEqual([]);
  });

  it("takes the versions of the tools that this repository is tested with", () => {
    const folder = join(emptyFolder(), "acme-db");
    createAdapter({ kind: "sql", folder });
    const { devDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const workspace = readFileSync(new URL("../../../pnpm-workspace.yaml", import.meta.url), "utf8");
    for (const tool of ["vitest", "typescript", "@types/node"]) {
      const [, version] = new RegExp(`^ {2}"?${tool}"?: \\^?(.*)$`, "m").exec(workspace) ?? [];
      expect(devDependencies[tool], tool).toBe(`^${version}`);
    }
  });

  it("refuses what cannot be made, and writes nothing", () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, "full"));
    writeFileSync(join(folder, "full", "mine.txt"), "mine");
    const before = filesOf(folder);
    for (const choice of [
      { kind: "graph" as Kind, folder: join(folder, "a") },
      { kind: "sql" as const, folder: join(folder, "full") },
      { kind: "sql" as const, folder: join(folder, "full", "mine.txt"), name: "acme" },
      { kind: "sql" as const, folder: join(folder, "Acme DB") },
      { kind: "sql" as const, folder: join(folder, "b"), name: "../b" },
    ])
      expect(() => createAdapter(choice)).toThrow(InvalidChoiceError);
    expect(filesOf(folder)).toEqual(before);
    expect(readdirSync(folder)).toEqual(["full"]);
  });
});

describe("the command", () => {
  const command = fileURLToPath(new URL("./cli.ts", import.meta.url));
  const node = ["--conditions=loci-source", "--disable-warning=ExperimentalWarning", command];

  it("makes what it is told, and says what to do next", () => {
    const cwd = emptyFolder();
    const said = execFileSync(process.execPath, [...node, "acme-db", "--kind", "http"], {
      cwd,
      encoding: "utf8",
    });
    expect(said).toContain("cd acme-db\n  npm install\n  npm run prove");
    expect(readdirSync(join(cwd, "acme-db", "src"))).toContain("acme-db-store.ts");
  });

  it("ends with 2 where nobody can be asked, or something is misspelt", () => {
    const cwd = emptyFolder();
    const run = (...parameters: readonly string[]) =>
      spawnSync(process.execPath, [...node, ...parameters], { cwd, encoding: "utf8", input: "" });
    for (const [parameters, message] of [
      [[], "Nobody can be asked here: choose with --kind sql"],
      [["--kind", "sq"], "Allowed choices are sql, http, embedded"],
      [["--knd", "sql"], "Did you mean --kind?"],
      [["--kind", "sql", "--name", "A B"], "cannot be the name"],
    ] as const) {
      const { status, stderr } = run(...parameters);
      expect(status).toBe(2);
      expect(stderr).toContain(message);
    }
    expect(readdirSync(cwd)).toEqual([]);
  });
});

it("asks one question until it is answered", async () => {
  for (const [answers, kind] of [
    [["", "4", "2"], "http"],
    [["Embedded"], "embedded"],
  ] as const) {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const said: string[] = [];
    const left = [...answers];
    output.on("data", (chunk: Buffer) => {
      said.push(chunk.toString());
      if (chunk.toString().includes("1 to 3:")) input.write(`${left.shift()}\n`);
    });
    expect(await askKind(input, output)).toBe(kind);
    expect(left).toEqual([]);
    expect(said.join("")).toContain("a database that is asked in SQL");
  }
});
