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

/** So many of the slowest cases are told. */
const slowest = 20;

/** The slowest cases, with what takes time on a server: its calls, and the namespaces that it makes. */
export function timingsAsText(results: readonly CaseResult[]): string {
  const total = results.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const lines = results
    .toSorted((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, slowest)
    .map(({ id, milliseconds, steps, namespaces = 0 }) =>
      [String(milliseconds).padStart(8), String(steps).padStart(7), String(namespaces).padStart(10), id].join(
        "  ",
      ),
    );
  return [`${"ms".padStart(8)}  ${"calls".padStart(7)}  namespaces  of ${total} ms in all`, ...lines].join(
    "\n",
  );
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
