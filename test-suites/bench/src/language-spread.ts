import type { Figure } from "./report.ts";

/** How far apart the best and the worst language lie, from the recall@5 (0 to 1) of each. */
export function languageSpread(recalls: ReadonlyMap<string, number>): Figure {
  const ordered = [...recalls].sort(([, a], [, b]) => b - a);
  const [best, worst] = [ordered[0], ordered.at(-1)];
  if (!best || !worst) throw new Error("A spread needs the recall of a language.");
  const show = ([language, recall]: [string, number]) => `${language} ${(100 * recall).toFixed(1)} %`;
  return {
    name: "  spread of the languages",
    value: `recall@5 ${(100 * (best[1] - worst[1])).toFixed(1)} points, ${show(best)} to ${show(worst)}`,
  };
}
