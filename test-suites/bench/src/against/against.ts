import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { summarize } from "../measure.ts";
import type { Figure, Section } from "../report.ts";
import { present } from "./checkout.ts";
import { type Step, steps } from "./steps.ts";
import type { Cost } from "./worker.ts";

const rounds = 9;
const warmUp = 2;

/**
 * Measures this checkout beside another one, in turns: each step in a process of each, again and again. So a slow moment of the
 * machine hits both. What counts is the time of the processor: on a shared machine it says more than what the clock says.
 * @param places where the store of either checkout keeps its data: a folder, or the address of a server
 */
export async function benchAgainst(
  base: string,
  store: string,
  places: { readonly base: string; readonly present: string },
  only: string,
): Promise<Section> {
  const contenders = [start(base, store, places.base), start(present, store, places.present)] as const;
  const figures: Figure[] = [];
  try {
    for (const step of steps.filter(({ name }) => name.startsWith(only)))
      figures.push(await compare(step, contenders));
  } finally {
    for (const contender of contenders) contender.kill();
  }
  return { title: `${store}, this checkout against ${base}: milliseconds a call, before -> now`, figures };
}

async function compare(step: Step, contenders: readonly [ChildProcess, ChildProcess]): Promise<Figure> {
  const costs: [Cost[], Cost[]] = [[], []];
  for (let round = -warmUp; round < rounds; round++) {
    // Neither is always the first.
    for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const cost = await measure(contenders[which], step.name);
      if (round >= 0) costs[which].push(cost);
    }
  }
  const median = (which: 0 | 1, kind: keyof Cost) => summarize(costs[which].map((cost) => cost[kind])).median;
  const ratio = (kind: keyof Cost) =>
    summarize(costs[1].map((cost, round) => cost[kind] / (costs[0][round]?.[kind] ?? Number.NaN))).median;
  const both = (kind: keyof Cost) => `${median(0, kind).toFixed(2)} -> ${median(1, kind).toFixed(2)}`;
  return {
    name: step.name,
    value: `${ratio("cpu").toFixed(2)} times by processor (${both("cpu")}), ${ratio("wall").toFixed(2)} by clock (${both("wall")})`,
    ratio: ratio("cpu"),
    ...(step.limit === undefined ? {} : { aim: `at most ${step.limit}`, met: ratio("cpu") <= step.limit }),
  };
}

function start(root: string, store: string, place: string): ChildProcess {
  const worker = fileURLToPath(new URL("worker.ts", import.meta.url));
  return fork(worker, [root, store, place], {
    execArgv: ["--conditions=loci-source", "--disable-warning=ExperimentalWarning", "--expose-gc"],
  });
}

async function measure(contender: ChildProcess, step: string): Promise<Cost> {
  contender.send(step);
  const ended = new AbortController();
  const exit = once(contender, "exit", ended).then(([code]) => ({ error: `It ended with ${code}.` }));
  const answer = once(contender, "message", ended).then(([message]) => message);
  const { cost, error } = await Promise.race([answer, exit]);
  ended.abort();
  if (error) throw new Error(`${step} failed: ${error}`);
  return cost;
}
