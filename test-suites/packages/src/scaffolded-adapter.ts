import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { run, temporaryFolder } from "./workspace.ts";

/** What an author does in the first hour, from nothing to a verdict, with the packages as they are published. */
export function proveScaffold(kind: string, tarballs: readonly string[]): void {
  const creator = temporaryFolder();
  const named = (name: string) => tarballs.filter((path) => path.includes(`/${name}-`));
  writeFileSync(join(creator, "package.json"), JSON.stringify({ private: true }));
  run("npm", ["install", "--no-audit", "--no-fund", ...named("create-loci-adapter")], creator);
  const command = join(creator, "node_modules/.bin/create-loci-adapter");
  run(command, ["acme-db", "--kind", kind, "--name", "@acme/loci-db"], creator);

  const project = join(creator, "acme-db");
  const manifest = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  for (const name of ["core", "conformance"])
    manifest.devDependencies[`@loci/${name}`] = `file:${named(`loci-${name}`)[0]}`;
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  run("npm", ["install", "--no-audit", "--no-fund"], project);

  run("npm", ["run", "types"], project);
  expect(run("npm", ["test", "--", "--reporter=verbose"], project)).toContain("gets the verdict: isolated");
  const said = run("npm", ["run", "prove", "--", "--json", "report.json"], project);
  const [, verdict = ""] =
    /## Verdict\n+```text\n(.*)\n```/.exec(readFileSync(join(project, "README.md"), "utf8")) ?? [];
  expect(verdict).toMatch(/^loci-db: isolated/);
  expect(said.trim().split("\n").at(-1)).toBe(verdict);
  expect(JSON.parse(readFileSync(join(project, "report.json"), "utf8"))).toMatchObject({
    verdict: "isolated",
  });
  run("npm", ["run", "build"], project);
  const store = `import("./dist/index.js").then((built) => console.log(Object.keys(built).join()))`;
  expect(run(process.execPath, ["--disable-warning=ExperimentalWarning", "-e", store], project)).toBe(
    "lociDbStore\n",
  );
}
