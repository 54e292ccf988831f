import { inMemory, type LanguageModel, Memory } from "@loci/core";
import type { EvalCase } from "./eval-case.ts";

/** What a model made of one case. */
export interface CaseResult {
  readonly evaluated: EvalCase;
  /** What went wrong, in words; empty when it was right. */
  readonly problems: readonly string[];
  /** What was known afterwards. */
  readonly held: readonly string[];
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly seconds: number;
}

const scope = { orgId: "eval" };

/** Runs one case in a memory of its own. A model that fails has not solved it. */
export async function runCase(evaluated: EvalCase, languageModel: LanguageModel): Promise<CaseResult> {
  const memory = new Memory({ store: inMemory(), languageModel });
  const { known = [], talks, wanted, unwanted = [], most = 2 * wanted.length + known.length } = evaluated;
  // Before the conversations: what is said early ends nothing that was said later.
  if (known.length > 0) await memory.add(known, { ...scope, infer: false, timestamp: "2026-01-01" });
  const usage = { calls: 0, inputTokens: 0, outputTokens: 0 };
  const problems: string[] = [];
  const start = performance.now();
  for (const talk of talks) {
    try {
      const { extraction } = await memory.add(talk, scope);
      for (const name of ["calls", "inputTokens", "outputTokens"] as const)
        usage[name] += extraction?.[name] ?? 0;
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  const seconds = (performance.now() - start) / 1000;
  const held = (await memory.list(scope)).memories.map(({ text }) => text);
  for (const pattern of wanted) {
    if (!held.some((text) => pattern.test(text))) problems.push(`nothing matches ${pattern}`);
  }
  for (const pattern of unwanted) {
    const found = held.find((text) => pattern.test(text));
    if (found !== undefined) problems.push(`${JSON.stringify(found)} should not be known`);
  }
  if (held.length > most) problems.push(`${held.length} memories, where ${most} are plenty`);
  return { evaluated, problems, held, ...usage, seconds };
}

/** The results by category and by language, as lines to print. */
export function scorecard(results: readonly CaseResult[]): readonly string[] {
  const rows = (name: (evaluated: EvalCase) => string) => {
    const names = [...new Set(results.map(({ evaluated }) => name(evaluated)))];
    return names.map((group) => {
      const own = results.filter(({ evaluated }) => name(evaluated) === group);
      const right = own.filter(({ problems }) => problems.length === 0).length;
      return `  ${group.padEnd(14)} ${right} of ${own.length}`;
    });
  };
  const sum = (field: "calls" | "inputTokens" | "outputTokens" | "seconds") =>
    results.reduce((total, result) => total + result[field], 0);
  const right = results.filter(({ problems }) => problems.length === 0).length;
  return [
    ...rows(({ category }) => category),
    "",
    ...rows(({ language }) => language),
    "",
    `  all            ${right} of ${results.length}`,
    `  ${sum("calls")} calls, ${sum("inputTokens")} tokens in, ${sum("outputTokens")} out, ${sum("seconds").toFixed(0)} s`,
  ];
}
