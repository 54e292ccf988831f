import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { cases } from "./cases/index.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

interface Outcome {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly duration?: number;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Runs the binding in a project of its own, and says what became of each test, and how many stores were made. */
function runBinding(
  parameters: readonly string[],
  change = "",
): Outcome & { readonly made: number; readonly output: string } {
  mkdirSync(join(root, ".cache"), { recursive: true });
  const project = mkdtempSync(join(root, ".cache", "binding-"));
  onTestFinished(() => rmSync(project, { recursive: true }));
  writeFileSync(
    join(project, "vitest.config.mjs"),
    `export default { resolve: { conditions: ["loci-source"] }, ssr: { resolve: { conditions: ["loci-source"] } } };`,
  );
  writeFileSync(
    join(project, "binding.test.ts"),
    `import { appendFileSync } from "node:fs";
     import { inMemory } from "@loci/core";
     import { Memory } from "@loci/core/testing";
     import { testConformance } from "../../src/vitest.ts";
     testConformance({
       name: "in-memory",
       createMemory: (options) => new Memory(options),
       async create() {
         appendFileSync(${JSON.stringify(join(project, "made.txt"))}, "made\\n");
         const store = inMemory();
         ${change}
         return { store, dispose: () => store.close() };
       },
     });`,
  );
  const report = join(project, "report.json");
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      vitest,
      "run",
      "--root",
      project,
      "--reporter=default",
      "--reporter=json",
      `--outputFile=${report}`,
      ...parameters,
    ],
    { encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } },
  );
  const made = readFileSync(join(project, "made.txt"), "utf8").split("\n").length - 1;
  return {
    ...(JSON.parse(readFileSync(report, "utf8")) as Outcome),
    made,
    output: stripVTControlCharacters(stdout + stderr),
  };
}

it("runs what -t names, and nothing else", () => {
  const { numPassedTests, numFailedTests, made } = runBinding(["-t", "similarity-is-the-cosine"]);
  expect([numPassedTests, numFailedTests]).toEqual([1, 0]);
  // One for the first look, and one for the case.
  expect(made).toBe(2);
});

it("gives each case a test that runs it, and a failure its step", () => {
  const breaks =
    "store.capabilities.keyword; const open = store.open.bind(store); store.open = async (request) => { const namespace = await open(request); namespace.count = async () => { throw new Error('no count'); }; return namespace; };";
  const { numFailedTests, testResults } = runBinding([], breaks);
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  expect(tests).toHaveLength(cases.length + 1);
  expect(numFailedTests).toBeGreaterThan(3);
  const failed = tests.find(({ title }) => title.startsWith("[namespaces-share-no-record]"));
  expect(failed?.failureMessages.join()).toMatch(/no count\s+at call \d+, count \(scope\)/);
  // Each took its own time: none had run before its test began.
  const durations = tests.map(({ duration = 0 }) => duration);
  expect(durations.filter((duration) => duration > 0).length).toBeGreaterThan(cases.length * 0.9);
  expect(Math.max(...durations)).toBeLessThan(durations.reduce((sum, one) => sum + one, 0) / 2);
  expect(tests.at(-1)).toMatchObject({ title: "gets the verdict: isolated", status: "failed" });
  expect(tests.at(-1)?.failureMessages.join()).toContain("in-memory: broken");
});

it("says once what is missing, and runs nothing", () => {
  const { numPassedTests, output, made } = runBinding([], "store.drop = undefined;");
  expect(output.split("Error: The store has no drop.")).toHaveLength(2);
  expect(numPassedTests).toBe(0);
  expect(made).toBe(1);
});
