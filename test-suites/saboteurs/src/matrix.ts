import { type CaseResult, cases, runConformance } from "@loci/conformance";
import { Memory } from "@loci/core/testing";
import { engineSaboteurs } from "./engine-saboteurs.ts";
import type { Saboteur } from "./saboteur.ts";
import { storeSaboteurs } from "./store-saboteurs.ts";

export const saboteurs: readonly Saboteur[] = [...storeSaboteurs, ...engineSaboteurs];

/** Which isolation cases caught a saboteur. */
export interface Row {
  readonly saboteur: Saboteur;
  readonly killers: readonly CaseResult[];
}

/** So many at once: the suite also waits. */
const atOnce = 8;

/** Sets the suite upon every saboteur. */
export async function runMatrix(seed = 1): Promise<readonly Row[]> {
  const rows: Row[] = new Array(saboteurs.length);
  const pending = saboteurs.entries();
  const work = async () => {
    for (const [index, saboteur] of pending) rows[index] = await runRow(saboteur, seed);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return rows;
}

async function runRow(saboteur: Saboteur, seed: number): Promise<Row> {
  const report = await runConformance(
    {
      name: saboteur.id,
      async create() {
        const store = saboteur.makeStore();
        return { store, second: async () => store.second(), dispose: () => store.close() };
      },
      createMemory: saboteur.makeMemory ?? ((options) => new Memory(options)),
    },
    { seed },
  );
  return {
    saboteur,
    killers: report.results.filter(({ level, outcome }) => level === "isolation" && outcome === "failed"),
  };
}

/** The matrix from both sides: who caught each saboteur, and whom each case caught. */
export function matrixAsText(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ saboteur, killers }) =>
      `${killers.length ? "caught" : "ESCAPED"}  ${saboteur.id}: ${killers.map(({ id }) => id).join(", ")}`,
  );
  for (const { id, level } of cases) {
    if (level !== "isolation") continue;
    const caught = rows.filter(({ killers }) => killers.some((killer) => killer.id === id)).length;
    lines.push(`${String(caught).padStart(7)}  caught by ${id}`);
  }
  return lines.join("\n");
}

/** The same as a table for a documentation page. */
export function matrixAsMarkdown(rows: readonly Row[]): string {
  const lines = rows.map(({ saboteur: { id, layer, bug }, killers }) => {
    const [first, ...others] = killers
      .filter((killer) => killer.layer === layer)
      .map((killer) => `\`${killer.id}\``);
    return `| \`${id}\` | ${bug} | ${layer} | ${first ?? "nobody"}${others.length ? ` and ${others.length} more` : ""} |`;
  });
  return ["| saboteur | its bug | in the | caught by |", "|---|---|---|---|", ...lines].join("\n");
}
