// The one entry point behind `npm start`, `npm test` and the other scripts. It runs on any Node from 20 on:
// it brings a newer Node and pnpm through npm where they are missing, installs what the workspace needs, and says so.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pnpm = "pnpm@12.21.0";
const [task = "", ...rest] = process.argv.slice(2);
const [major, minor] = process.versions.node.split(".").map(Number);
const has = (wantedMajor, wantedMinor) =>
  major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);

const say = (text) => console.error(`\x1b[2m[loci] ${text}\x1b[0m`);

// `npx -p node@24` tells its children that they are about node@24, and a nested npx would believe it.
delete process.env.npm_config_package;

/** Runs a command with this terminal, and ends this process with its status when it fails. */
function run(command, args, environment = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
    env: {
      ...process.env,
      npm_config_loglevel: "error",
      PATH: [join(root, "node_modules", ".bin"), dirname(process.execPath), process.env.PATH].join(delimiter),
      ...environment,
    },
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

// Node reads TypeScript since 22.18.
if (!has(22, 18)) {
  say(`Node ${process.version} is older than 22.18: bringing Node 24 through npm.`);
  run("npx", ["-y", "-p", "node@24", "--", "node", fileURLToPath(import.meta.url), task, ...rest]);
  process.exit(0);
}

/** Installs the workspace when its lockfile is not the one installed last. */
function install() {
  const lockfile = readFileSync(join(root, "pnpm-lock.yaml"), "utf8");
  const stamp = join(root, "node_modules", ".loci-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lockfile) return;
  say("Installing the workspace with pnpm (once; a minute on a slow line).");
  run("npx", ["-y", pnpm, "install", "--frozen-lockfile", "--reporter=append-only"], { CI: "true" });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lockfile);
}

// Node reads the TypeScript sources directly, through the `loci-source` export condition: nothing is built first.
const typescript = ["--conditions=loci-source", "--disable-warning=ExperimentalWarning"];
const node = (...args) => run(process.execPath, [...typescript, ...args]);
const vitest = (environment) =>
  run(process.execPath, [...typescript, "node_modules/vitest/vitest.mjs", "run", ...rest], environment);

const tasks = {
  start() {
    say(`Running the quickstart on Node ${process.version}.`);
    node("examples/quickstart/src/main.ts", ...rest);
  },
  test() {
    say(`Running every test on Node ${process.version}.`);
    vitest();
  },
  "test:quick"() {
    const LOCI_STORES = process.env.LOCI_STORES ?? "in-memory,sqlite";
    say(`Running the quick tests on ${LOCI_STORES}.`);
    vitest({ LOCI_STORES, LOCI_EFFORT: "quick" });
  },
  "test:exhaustive"() {
    say("Running every test on every store: this takes hours.");
    vitest({ LOCI_EFFORT: "exhaustive" });
  },
  build() {
    say("Building the packages.");
    run("npx", [
      "-y",
      pnpm,
      "--recursive",
      "--filter",
      "./packages/*",
      "--filter",
      "@loci/conformance",
      "run",
      "build",
    ]);
  },
  check() {
    say("Formatting and lint (biome).");
    run("biome", ["check", "."]);
    say("Types (tsc).");
    run("tsc", ["--project", "packages/core/tsconfig.json"]);
    run("tsc", ["--project", "tsconfig.json"]);
    tasks.build();
    say("Published packages (publint, attw) and unused code (knip).");
    node("scripts/check-packages.ts");
    say("Generated documentation.");
    node("scripts/generate-docs.ts", "--check");
    run("knip", ["--treat-config-hints-as-errors"]);
  },
  format() {
    run("biome", ["check", "--write", "."]);
  },
  docs() {
    node("scripts/generate-docs.ts");
  },
  saboteurs() {
    say("Setting the conformance suite upon every saboteur.");
    node("test-suites/saboteurs/src/main.ts");
  },
  backends() {
    node("test-suites/backends/src/main.ts", ...rest);
  },
  matrix() {
    say("Running the conformance suite on every store.");
    node("test-suites/matrix/src/main.ts", ...rest);
  },
  eval() {
    node("test-suites/eval/src/main.ts", ...rest);
  },
  bench() {
    say("Benchmarks: this takes some minutes.");
    node("--expose-gc", "test-suites/bench/src/main.ts", ...rest);
  },
};

if (!Object.hasOwn(tasks, task)) {
  console.error(`Unknown task "${task}". There are: ${Object.keys(tasks).join(", ")}.`);
  process.exit(2);
}
install();
tasks[task]();
