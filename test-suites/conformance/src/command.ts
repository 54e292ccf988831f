import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { InvalidInputError } from "@loci/core";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { closest } from "fastest-levenshtein";
import { adapterFrame } from "./adapter-frame.ts";
import type { ConformanceOptions } from "./conformance-options.ts";
import { failureAsText, lastLineOf, progressLine, timingsAsText } from "./describe-report.ts";
import type { ConformanceHarness } from "./harness.ts";
import { type ConformanceReport, verdictOf } from "./report.ts";
import { messageOf } from "./run-case.ts";
import { runConformance } from "./run-conformance.ts";
import { type Sabotage, sabotage as sabotaged, sabotages } from "./sabotage/index.ts";
import { selectCases } from "./select-cases.ts";
import { slowCaseNotice } from "./slow-case-notice.ts";

interface Flags extends Pick<ConformanceOptions, "only" | "layer" | "seed" | "effort" | "path"> {
  readonly bail?: true;
  readonly list?: true;
  readonly watch?: true;
  readonly json?: string;
  readonly timings?: true;
  readonly sabotage?: string;
}

function commandOf(): Command {
  return new Command("loci-conformance")
    .usage("./my-harness.ts [options]")
    .description("Proves that a store of Loci leaks nothing, or shows how it does.")
    .argument("[harness]", "a file that exports `harness`")
    .option(
      "--only <ids>",
      "run these cases alone: ids with commas between them, * stands for anything",
      listOf,
    )
    .addOption(
      new Option("--layer <layer>", "the bare store, or the memory on top").choices(["store", "engine"]),
    )
    .option("--bail", "end with the first case that fails")
    .option("--list", "list the cases and run none")
    .option("--watch", "run again whenever the harness, or what it imports, changes")
    .option("--seed <number>", "where all chance comes from (default: 1)", numberOf)
    .option("--effort <number>", "multiplies generated runs (default: 1)", numberOf)
    .option("--path <path>", "replay the trace that a failure names first, with its seed")
    .option("--json <file>", "write the report")
    .option("--timings", "list the slowest cases, with their calls of the store and their namespaces")
    .option(
      "--sabotage <name>",
      "break the store in one way, to see that it is noticed; `list` shows the ways",
    )
    .addHelpText(
      "after",
      `
Ends with 0 where the verdict is "isolated", or "partial": all that was chosen passed. Ends with 1 for every other
verdict, and with 2 where nothing was run. With --sabotage, ends with 0 where it was noticed.`,
    )
    .showHelpAfterError("Usage: npx @loci/conformance ./my-harness.ts [options]. --help lists them.")
    .exitOverride();
}

/** Runs the command and returns its exit code. */
export async function main(parameters: readonly string[]): Promise<number> {
  const command = commandOf();
  try {
    command.parse(parameters, { from: "user" });
    return await run(command, parameters);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
}

async function run(command: Command, parameters: readonly string[]): Promise<number> {
  const { list, watch, json, timings, sabotage, ...options } = command.opts<Flags>();
  const [file] = command.args;
  const chosen = selectCases(options);
  if (list) {
    for (const { id, level, layer, claim } of chosen)
      console.log(`${level.padEnd(9)} ${layer.padEnd(6)} ${id}\n                 ${claim}`);
    return 0;
  }
  if (sabotage === "list") {
    for (const { name, does } of sabotages) console.log(`${name}\n  ${does}`);
    return 0;
  }
  const broken = sabotage === undefined ? undefined : sabotageOf(sabotage);
  if (file === undefined || command.args.length > 1)
    command.error("error: name one file that exports a harness");
  if (watch) return watchFiles(parameters);
  const loaded = await loadHarness(file as string);
  const harness = broken ? sabotaged(loaded, broken.name) : loaded;
  if (json) mkdirSync(dirname(resolve(json)), { recursive: true });
  const strays = watchRejections();
  const ended = slowCaseNotice(
    chosen.map(({ id }) => id),
    console.error,
  );
  const finished = await runConformance(harness, {
    ...options,
    onResult(result, progress) {
      ended();
      console.log(progressLine(result, progress));
    },
  });
  // Node tells of them when nothing else is to be done.
  await setImmediate();
  const report = withProblems(finished, strays());
  if (json) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  if (timings) console.log(`\n${timingsAsText(report.results)}`);
  const failures = report.results.filter(({ outcome }) => outcome === "failed");
  if (failures.length > 0) console.log(`\n${failures.length} failed:\n`);
  for (const failure of failures) console.log(`${failureAsText(failure)}\n`);
  for (const problem of report.problems) console.log(`problem: ${problem}`);
  console.log(`${failures.length > 0 || report.problems.length > 0 ? "" : "\n"}${lastLineOf(report)}`);
  if (broken) return noticed(report, broken);
  return ["isolated", "partial"].includes(report.verdict) ? 0 : 1;
}

function sabotageOf(name: string): Sabotage {
  const known = sabotages.find((one) => one.name === name);
  if (known) return known;
  const meant = closest(
    name,
    sabotages.map((one) => one.name),
  );
  throw new InvalidInputError(
    `There is no sabotage "${name}". Did you mean ${meant}? --sabotage list shows all.`,
    {
      path: "sabotage",
    },
  );
}

/** Says whether a broken store was noticed, and returns the exit code: it has to be. */
function noticed({ results }: ConformanceReport, { name, does, noticedBy }: Sabotage): number {
  const killers = results.filter(({ outcome }) => outcome === "failed").map(({ id }) => id);
  console.log(`\n${name}: ${does}`);
  if (killers.length === 0)
    console.log(`NOT noticed. ${noticedBy} has to fail: if it was run, the suite has a gap here.`);
  else console.log(`Noticed by ${killers.join(", ")}.`);
  return killers.length > 0 ? 0 : 1;
}

async function loadHarness(file: string): Promise<ConformanceHarness> {
  // A stack of ten lines may end before it reaches the adapter.
  Error.stackTraceLimit = 50;
  const { harness } = (await import(pathToFileURL(resolve(file)).href)) as { harness?: ConformanceHarness };
  if (typeof harness?.create === "function") return harness;
  throw new Error(
    `${file} exports no harness: export const harness = { name: "my store", create: async () => ({ store, dispose }) }`,
  );
}

/** Hears of promises that were rejected while nobody waited for them: they would end the process, and belong to no case. */
function watchRejections(): () => readonly string[] {
  const problems: string[] = [];
  process.on("unhandledRejection", (error) => {
    const frame = adapterFrame(error);
    problems.push(
      `A promise that nobody waits for was rejected${frame ? `, in ${frame}` : ""}: ${messageOf(error)}`,
    );
  });
  return () => problems;
}

function withProblems(report: ConformanceReport, more: readonly string[]): ConformanceReport {
  const found = { ...report, problems: [...report.problems, ...more] };
  return { ...found, verdict: verdictOf(found) };
}

/** Node itself watches what was imported. Ends when the user ends it. */
async function watchFiles(parameters: readonly string[]): Promise<number> {
  const again = parameters.filter((parameter) => parameter !== "--watch");
  const node = [
    ...process.execArgv,
    "--watch",
    "--watch-preserve-output",
    process.argv[1] as string,
    ...again,
  ];
  const child = spawn(process.execPath, node, { stdio: "inherit" });
  const [code] = await once(child, "exit");
  return code ?? 0;
}

function numberOf(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError("It has to be a whole number.");
  return Number(text);
}

/** The option may be given several times. */
function listOf(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(",").map((id) => id.trim())];
}
