import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { run, temporaryFolder } from "./workspace.ts";

/** Makes the project of an adapter with the packages as they are published, and returns its folder. Nothing is installed yet. */
export function makeAdapter(parameters: readonly string[], tarballs: readonly string[]): string {
  const creator = temporaryFolder();
  const named = (name: string) => tarballs.filter((path) => path.includes(`/${name}-`));
  writeFileSync(join(creator, "package.json"), JSON.stringify({ private: true }));
  run("npm", ["install", "--no-audit", "--no-fund", ...named("create-loci-adapter")], creator);
  run(join(creator, "node_modules/.bin/create-loci-adapter"), parameters, creator);

  const project = join(creator, parameters[0] ?? "");
  const manifest = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  for (const name of ["core", "conformance"])
    manifest.devDependencies[`@loci/${name}`] = `file:${named(`loci-${name}`)[0]}`;
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  return project;
}

/** Ways to break the author's store, by the case that is to notice. */
const sabotages = {
  "forgets-the-reach-list": "reads-see-exactly-their-reach",
  "halves-scores": "similarity-is-the-cosine",
  "acknowledges-after-a-drop": "what-was-dropped-stays-dropped",
};

/** What an author does in the first minutes, from nothing to a verdict, tests, a build. */
export function proveAdapter(kind: string, tarballs: readonly string[]): void {
  const project = makeAdapter(["acme-db", "--kind", kind, "--name", "@acme/loci-db"], tarballs);
  run("npm", ["install", "--no-audit", "--no-fund"], project);
  run("npm", ["run", "types"], project);
  // All of its tests for one kind: for the others `prove` runs the same cases, and some of the tests show that they run.
  const some = kind === "embedded" ? [] : ["-t", "remembers|records-come-back-whole"];
  const tested = run("npm", ["test", "--", "--reporter=verbose", ...some], project);
  expect(tested).toContain(kind === "embedded" ? "gets the verdict: isolated" : "[records-come-back-whole]");
  const said = run("npm", ["run", "prove", "--", "--json", "report.json"], project);
  const readme = readFileSync(join(project, "README.md"), "utf8");
  const [, verdict = ""] = /## Verdict\n+```text\n(.*)\n```/.exec(readme) ?? [];
  expect(verdict).toMatch(/^loci-db: isolated/);
  expect(said.trim().split("\n").at(-1)).toBe(verdict);
  const report = JSON.parse(readFileSync(join(project, "report.json"), "utf8"));
  expect(report).toMatchObject({ name: "loci-db", verdict: "isolated" });
  for (const [name, killer] of Object.entries(sabotages)) {
    const broken = run("npm", ["run", "prove", "--", "--sabotage", name, "--only", killer], project);
    expect(broken).toContain(`Noticed by ${killer}.`);
  }
  run("npm", ["run", "build"], project);
  const names = `import("./dist/index.js").then((built) => console.log(Object.keys(built).join()))`;
  const node = ["--disable-warning=ExperimentalWarning", "-e", names];
  expect(run(process.execPath, node, project)).toBe("lociDbStore\n");
}
