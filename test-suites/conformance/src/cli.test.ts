import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const command = fileURLToPath(new URL("./cli.ts", import.meta.url));
const fixture = fileURLToPath(new URL("./harness.fixture.ts", import.meta.url));

function run(parameters: readonly string[], environment: Record<string, string> = {}) {
  const node = ["--conditions=loci-source", "--disable-warning=ExperimentalWarning", command, ...parameters];
  return spawnSync(process.execPath, node, { encoding: "utf8", env: { ...process.env, ...environment } });
}

it("says what it does, gives a verdict and writes the report", () => {
  const folder = mkdtempSync(join(tmpdir(), "loci-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const json = join(folder, "report.json");
  const { status, stdout } = run([fixture, "--seed", "3", "--json", json]);
  expect(stdout).toMatch(/\[ *\d+\/\d+] passed {7}reads-see-exactly-their-reach/);
  expect(stdout).toContain(
    "in-memory: isolated (seed 3, effort 1); not looked at: other processes, the backend's bytes, the requests",
  );
  expect(status).toBe(0);
  expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({
    version: 2,
    name: "in-memory",
    seed: 3,
    verdict: "isolated",
  });
});

it("lists the slowest cases with their calls and namespaces where it is asked to", () => {
  const some = ["--only", "similarity-is-the-cosine,namespaces-share-no-record"];
  const { status, stdout } = run([fixture, "--timings", ...some]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^ +ms +calls +namespaces +of \d+ ms in all$/m);
  expect(stdout).toMatch(/^ +\d+ +168 +24 +namespaces-share-no-record$/m);
  expect(run([fixture, ...some]).stdout).not.toContain("calls");
});

it("ends with 1 for a store that leaks, and says at the end who saw what, and at which step", () => {
  const { status, stdout } = run([fixture], { LOCI_FIXTURE_LEAKS: "1" });
  expect(status).toBe(1);
  expect(stdout).toContain("a store that leaks: leaks");
  const end = stdout.slice(stdout.search(/^\d+ failed:$/m));
  expect(end).toMatch(
    /A reader that reaches .* saw what was written at .*, by list\.\n {4}at call \d+, list/,
  );
});

it("runs one case in under a second of work, and says that the others were not looked at", () => {
  const node = [
    process.execPath,
    "--conditions=loci-source",
    "--disable-warning=ExperimentalWarning",
    command,
  ];
  const timed = [
    "-c",
    'TIMEFORMAT="%U %S"; time "$@"',
    "bash",
    ...node,
    fixture,
    "--only",
    "similarity-is-the-cosine",
  ];
  const { status, stdout, stderr } = spawnSync("bash", timed, { encoding: "utf8" });
  // The processor's time: that of the clock is also the other tests'.
  const [user, system] = stderr.trim().split(/\s+/).slice(-2).map(Number) as [number, number];
  expect(user + system).toBeLessThan(1);
  expect(status).toBe(0);
  expect(stdout).toMatch(/in-memory: partial .*; not looked at: \d+ of \d+ cases, other processes/);
});

it("lists the cases and ends at the first failure where it is asked to", () => {
  const { status, stdout } = run(["--list", "--layer", "engine", "--only", "*scope*"]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^isolation engine scopes-fail-closed\n +A scope that is missing/m);
  expect(stdout).not.toContain("store  ");
  const bailed = run([fixture, "--bail"], { LOCI_FIXTURE_LEAKS: "1" });
  expect(bailed.status).toBe(1);
  expect(bailed.stdout.match(/ failed {7}/g)).toHaveLength(1);
});

it("refuses what it cannot honour with 2 and what to write instead", () => {
  const refused: Record<string, readonly string[]> = {
    "name one file": [],
    "no-such-file": ["./no-such-file.ts"],
    "Did you mean --seed?": [fixture, "--sead", "3"],
    "'abc' is invalid. It has to be a whole number": [fixture, "--seed", "abc"],
    "effort has to be a whole number from 1 to 1000": [fixture, "--effort", "0"],
    "path has to be numbers with colons": [fixture, "--path", "x"],
    "Allowed choices are store, engine": [fixture, "--layer", "stor"],
    "Did you mean scopes-fail-closed?": [fixture, "--only", "scopes-fail-close"],
    "Did you mean forgets-the-reach-list?": [fixture, "--sabotage", "forgets-the-reach-lis"],
    "exports no harness": [fileURLToPath(new URL("./corpus.ts", import.meta.url))],
  };
  for (const [message, parameters] of Object.entries(refused)) {
    const { status, stderr, stdout } = run(parameters);
    expect(status, parameters.join(" ")).toBe(2);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
  }
  const help = run(["--help"]);
  expect(help.status).toBe(0);
  expect(help.stdout).toContain("--effort <number>");
});

/** A harness in a file of its own, beside the suite, so that it can import core. */
function harnessFile(name: string, before = ""): string {
  const folder = mkdtempSync(join(fileURLToPath(new URL("./", import.meta.url)), "written-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "harness.ts");
  writeHarness(file, name, before);
  return file;
}

function writeHarness(file: string, name: string, before = ""): void {
  writeFileSync(
    file,
    `import { inMemory } from "@loci/core";
     export const harness = { name: "${name}", create: async () => {
       ${before}
       const store = inMemory();
       return { store, dispose: () => store.close() };
     } };`,
  );
}

it("breaks the store in a named way, and ends with 0 where that was noticed", () => {
  const some = ["--only", "reads-see-exactly-their-reach,similarity-is-the-cosine"];
  const { status, stdout } = run([fixture, "--sabotage", "forgets-the-reach-list", ...some]);
  expect(stdout).toContain("Noticed by reads-see-exactly-their-reach.");
  expect(status).toBe(0);
  const missed = run([fixture, "--sabotage", "forgets-the-reach-list", "--only", "similarity-is-the-cosine"]);
  expect(missed.stdout).toContain("NOT noticed. reads-see-exactly-their-reach has to fail");
  expect(missed.status).toBe(1);
  expect(run(["--sabotage", "list"]).stdout).toMatch(/^forgets-the-reach-list\n {2}\S/m);
});

it("reports promises that nobody waits for, and runs on", () => {
  const file = harnessFile("stray", 'void Promise.reject(new Error("nobody listens"));');
  const { status, stdout } = run([file, "--only", "similarity-is-the-cosine"]);
  expect(stdout).toMatch(/problem: A promise that nobody waits for was rejected.*: nobody listens/);
  expect(stdout).toContain("stray: broken");
  expect(status).toBe(1);
});

it("runs again when the harness changes", { timeout: 30_000 }, async () => {
  const file = harnessFile("before");
  const node = ["--conditions=loci-source", command, file, "--watch", "--only", "similarity-is-the-cosine"];
  const child = spawn(process.execPath, node, { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("before: partial")) writeHarness(file, "after");
    if (line.startsWith("after: partial")) return;
  }
  expect.unreachable("It ended by itself.");
});
