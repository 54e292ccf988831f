import type { ConformanceCase } from "./conformance-case.ts";

/** The cases as a table for a documentation page. */
export function casesAsMarkdown(cases: readonly ConformanceCase[]): string {
  const rows = cases.map(({ id, level, layer, claim }) => `| \`${id}\` | ${level} | ${layer} | ${claim} |`);
  return ["| case | level | on | claim |", "|---|---|---|---|", ...rows].join("\n");
}
