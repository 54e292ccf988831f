import type { Mistake, Operation } from "./mistake.ts";

/** A mistake that has a name. */
export interface NamedMistake extends Mistake {
  /** Begins a name: "forgets-the-filter". */
  readonly id: string;
  /** What the store does, as a sentence that a mode can follow, without its end: "Forgets the filter". */
  readonly does: string;
  /** Operations that take part in it wherever it is made, and are not wrong themselves. Default: none. */
  readonly alongside?: readonly Operation[];
}

/** The operations that a mistake is made in. */
export function operationsOf({ calls = {} }: Mistake): readonly Operation[] {
  return Object.keys(calls) as Operation[];
}
