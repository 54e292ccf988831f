// What `npm run TASK` can do. A task without `options` passes all its arguments on.
import { node, run, say } from "./command.mjs";

/** Runs the tests whose file names match, or all. */
function vitest(args, environment = {}) {
  node(["node_modules/vitest/vitest.mjs", "run", ...args], environment);
}

export const tasks = {
  start: {
    about: "Tells the story of the quickstart on an embedded database, and removes the database.",
    options: {
      "--ollama": "uses models of a local Ollama, and shows what becomes of a conversation",
      "--keep": "keeps the database, and prints where it is",
    },
    part: (args) => (args.includes("--ollama") ? "quickstart-models" : "quickstart"),
    run: (args) => node(["examples/quickstart/src/main.ts", ...args]),
  },
  test: {
    about: "Runs every test that this machine can run, or those whose file name contains a pattern.",
    takes: ["[PATTERN ...]", "[OPTIONS OF VITEST]"],
    run(args) {
      say(`Running the tests on Node ${process.version}.`);
      vitest(args);
    },
  },
  "test:quick": {
    about: "Runs the tests of a contributor's inner loop, on the embedded stores.",
    takes: ["[PATTERN ...]", "[OPTIONS OF VITEST]"],
    run(args) {
      const LOCI_STORES = process.env.LOCI_STORES ?? "in-memory,sqlite";
      say(`Running the quick tests on ${LOCI_STORES}.`);
      vitest(args, { LOCI_STORES, LOCI_EFFORT: "quick" });
    },
  },
  "test:exhaustive": {
    about: "Runs every test on every store, with a thousand races and a hundred seeds. It takes hours.",
    takes: ["[PATTERN ...]", "[OPTIONS OF VITEST]"],
    run(args) {
      say("Running every test on every store: this takes hours.");
      vitest(args, { LOCI_EFFORT: "exhaustive" });
    },
  },
  check: {
    about:
      "Checks formatting, lint, types, builds, published packages, generated documentation and unused code.",
    options: {},
    run() {
      say("Formatting and lint (biome).");
      run("biome", ["check", "."]);
      say("Types (tsc).");
      run("tsc", ["--project", "packages/core/tsconfig.json"]);
      run("tsc", ["--project", "tsconfig.json"]);
      tasks.build.run();
      say("Published packages (publint, attw) and unused code (knip).");
      node(["scripts/check-packages.ts"]);
      say("Generated documentation.");
      node(["scripts/generate-docs.ts", "--check"]);
      run("knip", ["--treat-config-hints-as-errors"]);
    },
  },
  build: {
    about: "Builds every published package into its dist folder.",
    options: {},
    run() {
      say("Building the packages (tsdown).");
      run("tsdown", []);
    },
  },
  format: {
    about: "Formats every file, and fixes what lint can fix.",
    options: {},
    run: () => run("biome", ["check", "--write", "."]),
  },
  docs: {
    about: "Writes the parts of the documentation that follow from the code.",
    options: {},
    run: () => node(["scripts/generate-docs.ts"]),
  },
  backends: {
    about: "Lists, installs or starts the servers to test with.",
    takes: ["list | install [NAME ...] | start NAME"],
    run: (args) => node(["test-suites/backends/src/main.ts", ...args]),
  },
  matrix: {
    about: "Runs the conformance suite on every store, or on those named, and writes the reports.",
    takes: ["[NAME ...]"],
    run(args) {
      say("Running the conformance suite on the stores.");
      node(["test-suites/matrix/src/main.ts", ...args]);
    },
  },
  saboteurs: {
    about: "Shows which conformance case catches which deliberate mistake of a store or a memory.",
    takes: ["[SABOTEUR ...]"],
    run(args) {
      say("Running the conformance suite on saboteurs.");
      node(["test-suites/saboteurs/src/main.ts", ...args]);
    },
  },
  mutants: {
    about:
      "Runs the conformance suite on wrong stores that a program has made of right ones, and lists those that it does not see.",
    takes: [
      "[WORD OF A NAME ...]",
      "[--sample NUMBER]",
      "[--seed NUMBER]",
      "[--part 1/4]",
      "[--workers NUMBER]",
    ],
    run(args) {
      say("Running the conformance suite on mutants: all of them take most of an hour.");
      node(["test-suites/saboteurs/src/mutants/main.ts", ...args]);
    },
  },
  simulate: {
    about:
      "Plays random stories of three processes on one store, and tells the first that breaks a promise. LOCI_SIMULATION_SEED names one.",
    takes: ["[--schedules NUMBER]", "[--first SEED]", "[--workers NUMBER]", "[--shrink]"],
    run: (args) => node(["test-suites/simulation/src/simulation/main.ts", ...args]),
  },
  storm: {
    about: "Lets three processes work on a real store, kills them at random, and looks at what is left.",
    takes: ["[--store NAME]", "[--rounds NUMBER]", "[--seed NUMBER]", "[--replay ROUND]"],
    run: (args) => node(["test-suites/simulation/src/storm/main.ts", ...args]),
  },
  eval: {
    about: "Measures how well a model of a local Ollama extracts facts.",
    takes: ["--model NAME", "[--url ADDRESS]", "[--context TOKENS]", "[--verbose]"],
    run: (args) => node(["test-suites/eval/src/main.ts", ...args]),
  },
  bench: {
    about: "Measures speed and size, with a base also beside another checkout of Loci. It takes minutes.",
    takes: ["[--quick]", "[--only=NAME]", "[--base=COMMIT]", "[--step=NAME]"],
    run(args) {
      say("Benchmarks: this takes some minutes.");
      node(["--expose-gc", "test-suites/bench/src/main.ts", ...args]);
    },
  },
};
