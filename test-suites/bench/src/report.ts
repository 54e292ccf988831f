import type { Timing } from "./measure.ts";

/** One figure of the report. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  /** The figure compared with what the project aims at, where it aims at something. */
  readonly ratio?: number;
  readonly aim?: string;
  readonly met?: boolean;
}

export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
}

export function milliseconds({ median, low, high }: Timing): string {
  return `${median.toFixed(2)} ms (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

/** A figure that should be at most, or at least, so many times another. */
export function ratioFigure(
  name: string,
  ratio: number,
  bound: "at most" | "at least",
  limit: number,
): Figure {
  const met = bound === "at most" ? ratio <= limit : ratio >= limit;
  return { name, value: `${ratio.toFixed(2)} times`, ratio, aim: `${bound} ${limit}`, met };
}

export function printSection({ title, figures }: Section): void {
  console.log(`\n${title}`);
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const { name, value, aim, met } of figures) {
    const verdict = aim === undefined ? "" : `   ${met ? "met" : "MISSED"}: ${aim}`;
    console.log(`  ${name.padEnd(width)}  ${value}${verdict}`);
  }
}
