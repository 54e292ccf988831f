import type { CosineScatter } from "../store/manifest.ts";

/**
 * What a deviation is taken for at least and at most. Text models have 0.012 to 0.1. A model of two dimensions, or one that answers
 * everything with one vector, would give keywords a weight that says nothing.
 */
const bounds = { least: 0.01, most: 0.15 };
/** That of small English sentence models, for which the weights were measured first. */
const usual = 0.1;

/** The weight of the best keyword score beside a cosine: four deviations, which measured best for models of either kind. */
export function keywordWeight(scatter: CosineScatter | undefined): number {
  return 4 * boundedDeviation(scatter);
}

/** The deviation within what text models have; the usual one where it is not known. */
export function boundedDeviation(scatter: CosineScatter | undefined): number {
  return Math.min(Math.max(scatter?.deviation ?? usual, bounds.least), bounds.most);
}

/** Whether a value is a scatter. What a backend has kept, or an application gives, may be anything. */
export function isCosineScatter(value: unknown): value is CosineScatter {
  const { mean, deviation } = Object(value) as { readonly [part in keyof CosineScatter]?: unknown };
  return isWithin(mean, -1, 1) && isWithin(deviation, 0, 1);
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}
