import { cases } from "./cases/index.ts";
import type { CaseResult, ConformanceReport } from "./report.ts";

/** One line for each case while a run goes on: `[ 12/97] passed  writes-are-visible-at-once (6 ms)`. */
export function progressLine(
  { id, outcome, milliseconds }: CaseResult,
  { done, total }: { readonly done: number; readonly total: number },
): string {
  const count = `[${String(done).padStart(String(total).length)}/${total}]`;
  return `${count} ${outcome.padEnd(12)} ${id} (${milliseconds} ms)`;
}

/** A failure, with the step at which it stood, and the place in the adapter that has thrown. */
export function failureAsText({ id, detail, foreign, step, frame }: CaseResult): string {
  return [
    `  ${id}${foreign ? ", which saw what is another's" : ""}`,
    `    ${detail}`,
    ...(step ? [`    at ${step}`] : []),
    ...(frame ? [`    in ${frame}`] : []),
  ].join("\n");
}

/** The verdict, and what it does not cover. */
export function lastLineOf({
  name,
  verdict,
  seed,
  effort,
  notRun,
  notLookedAt,
}: Pick<ConformanceReport, "name" | "verdict" | "seed" | "effort" | "notRun" | "notLookedAt">): string {
  const missed = [
    ...(notRun.length > 0 ? [`${notRun.length} of ${cases.length} cases`] : []),
    ...notLookedAt,
  ];
  const said = missed.length > 0 ? `not looked at: ${missed.join(", ")}` : "everything was looked at";
  return `${name}: ${verdict} (seed ${seed}, effort ${effort}); ${said}`;
}
