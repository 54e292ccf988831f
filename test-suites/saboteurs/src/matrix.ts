import { type CaseResult, type ConformanceHarness, cases } from "@loci/conformance";
import { Memory } from "@loci/core/testing";
import { belowSaboteurs } from "./below-saboteurs.ts";
import { comparisonSaboteurs } from "./comparison-saboteurs.ts";
import { conditionalSaboteurs } from "./conditional-saboteurs.ts";
import { coreSaboteurs } from "./core-saboteurs.ts";
import { edgeSaboteurs } from "./edge-saboteurs.ts";
import { engineSaboteurs } from "./engine-saboteurs.ts";
import { keptStateSaboteurs } from "./kept-state-saboteurs.ts";
import { limitSaboteurs } from "./limit-saboteurs.ts";
import { lineSaboteurs } from "./line-saboteurs.ts";
import { meetingCallSaboteurs } from "./meeting-call-saboteurs.ts";
import { modeSaboteurs } from "./mode-saboteurs.ts";
import { nameSaboteurs } from "./name-saboteurs.ts";
import { processSaboteurs } from "./process-saboteurs.ts";
import { publishedSaboteurs } from "./published-saboteurs.ts";
import { casesOf, runCases } from "./run-cases.ts";
import type { Saboteur } from "./saboteur.ts";
import { sizeSaboteurs } from "./size-saboteurs.ts";
import { storeSaboteurs } from "./store-saboteurs.ts";
import { toldSaboteurs } from "./told-saboteurs.ts";
import { valueSaboteurs } from "./value-saboteurs.ts";

export const saboteurs: readonly Saboteur[] = [
  ...storeSaboteurs,
  ...sizeSaboteurs,
  ...modeSaboteurs,
  ...conditionalSaboteurs,
  ...belowSaboteurs,
  ...coreSaboteurs,
  ...processSaboteurs,
  ...nameSaboteurs,
  ...valueSaboteurs,
  ...edgeSaboteurs,
  ...keptStateSaboteurs,
  ...meetingCallSaboteurs,
  ...limitSaboteurs,
  ...comparisonSaboteurs,
  ...toldSaboteurs,
  ...lineSaboteurs,
  ...publishedSaboteurs,
  ...engineSaboteurs,
];

/** Which cases caught a saboteur, of those that look where it lives: about isolation, and about what else every store promises. */
export interface Row {
  readonly saboteur: Saboteur;
  readonly killers: readonly CaseResult[];
}

/** The cases that take longest. They look at those saboteurs that no other case has caught. */
const longest: readonly string[] = [
  "reads-answer-the-reference",
  "changes-leave-what-the-reference-leaves",
  "deletions-stay-exact-among-many",
  "no-answer-outlives-a-change",
];

/** So many at once: the suite also waits. */
const atOnce = 8;

/** Sets upon every saboteur, or upon some, the case that is about it, or all that look where it lives. */
export async function runMatrix(some: readonly Saboteur[] = saboteurs, seed = 1): Promise<readonly Row[]> {
  const rows: Row[] = new Array(some.length);
  const pending = some.entries();
  const work = async () => {
    for (const [index, saboteur] of pending) rows[index] = await runRow(saboteur, seed);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return rows;
}

async function runRow(saboteur: Saboteur, seed: number): Promise<Row> {
  const harness: ConformanceHarness = {
    name: saboteur.id,
    async create() {
      const store = saboteur.makeStore();
      const { fail } = saboteur;
      return {
        store,
        second: async () => store.second(),
        ...(fail ? { fail } : {}),
        dispose: () => store.close(),
      };
    },
    createMemory: saboteur.makeMemory ?? ((options) => new Memory(options)),
  };
  const killers: CaseResult[] = [];
  const all = saboteur.killer ? [saboteur.killer] : casesOf(saboteur.layer);
  const quick = all.filter((id) => !longest.includes(id));
  for (const ids of [quick, all.filter((id) => longest.includes(id))]) {
    if (catchersOf({ saboteur, killers }).length > 0) break;
    for await (const result of runCases(harness, ids, seed))
      if (result.level !== "extended" && result.outcome === "failed") killers.push(result);
  }
  return { saboteur, killers };
}

/** Those of the level that a saboteur breaks. The others may fail with it, and prove nothing by that. */
export function catchersOf({ saboteur, killers }: Row): readonly CaseResult[] {
  return killers.filter(({ level }) => level === saboteur.level);
}

/** The matrix from both sides: who caught each saboteur, and whom each case caught. */
export function matrixAsText(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const verdict = catchersOf(row).length ? "caught" : "ESCAPED";
    return `${verdict}  ${row.saboteur.id}: ${row.killers.map(({ id }) => id).join(", ")}`;
  });
  for (const { id, level } of cases) {
    if (level === "extended") continue;
    const caught = rows.filter((row) => catchersOf(row).some((killer) => killer.id === id)).length;
    lines.push(`${String(caught).padStart(7)}  caught by ${id}`);
  }
  return lines.join("\n");
}

/** The same as a table for a documentation page. */
export function matrixAsMarkdown(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { id, layer, bug } = row.saboteur;
    const [first, ...others] = catchersOf(row).map((killer) => `\`${killer.id}\``);
    return `| \`${id}\` | ${bug} | ${layer} | ${first ?? "nobody"}${others.length ? ` and ${others.length} more` : ""} |`;
  });
  return ["| saboteur | its bug | in the | caught by |", "|---|---|---|---|", ...lines].join("\n");
}
