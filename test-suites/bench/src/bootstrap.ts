import { randomSource } from "./random.ts";

const rounds = 5000;

/**
 * The mean of some values, with the interval in which 95 of 100 means lie that are drawn anew, with repetition, from the same
 * values (the percentile bootstrap).
 */
export function bootstrap(values: readonly number[]): Interval {
  const random = randomSource(20261128);
  const means = Array.from({ length: rounds }, () => {
    let sum = 0;
    for (let draw = 0; draw < values.length; draw++) sum += values[random.below(values.length)] ?? 0;
    return sum / values.length;
  }).sort((a, b) => a - b);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    mean,
    low: means[Math.floor(0.025 * rounds)] ?? mean,
    high: means[Math.ceil(0.975 * rounds) - 1] ?? mean,
  };
}

/** A mean and its 95 % interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}
