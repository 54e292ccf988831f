import { type CaseResult, type ConformanceHarness, cases } from "@loci/conformance";
import { ConformanceRun } from "../../conformance/src/conformance-run.ts";

/** Runs some cases, one after another, for as long as somebody asks for the next result. */
export async function* runCases(
  harness: ConformanceHarness,
  ids: readonly string[],
  seed = 1,
): AsyncGenerator<CaseResult> {
  const results: CaseResult[] = [];
  const run = new ConformanceRun(harness, { seed, onResult: (result) => results.push(result) });
  for (const id of ids) {
    await run.result(id);
    const result = results.pop();
    if (!result) throw new Error((await run.problems()).join(" "));
    yield result;
  }
}

/** The cases that look at bare stores, or at memories on top of them. */
export function casesOf(layer: "store" | "engine"): readonly string[] {
  return cases.filter((one) => one.layer === layer).map(({ id }) => id);
}
