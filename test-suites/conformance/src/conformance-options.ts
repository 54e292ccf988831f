import { InvalidInputError } from "@loci/core";
import type { CaseResult } from "./report.ts";
import type { Selection } from "./select-cases.ts";

/**
 * Options of a run. One that leaves out cases (`only`, `layer`, `bail`) never ends with the verdict `isolated`: it is `partial`
 * where nothing has failed.
 */
export interface ConformanceOptions extends Selection {
  /** Where all chance comes from: a whole number of 32 bits. Default: 1. */
  readonly seed?: number;
  /** Multiplies the number of generated runs: a whole number from 1 to 1,000. Default: 1. */
  readonly effort?: number;
  /** Replays one generated run of a trace first: the path that a failure names, with its seed. Default: none. */
  readonly path?: string;
  /** Whether to end with the first case that fails. Default: false. */
  readonly bail?: boolean;
  /** Called after each case, with how many have run and will run. */
  readonly onResult?: (
    result: CaseResult,
    progress: { readonly done: number; readonly total: number },
  ) => void;
}

/**
 * Checks the numbers and the path of a run.
 * @throws InvalidInputError
 */
export function assertOptions({ seed = 1, effort = 1, path }: ConformanceOptions): void {
  const refuse = (name: string, rule: string, given: unknown): never => {
    throw new InvalidInputError(`${name} has to be ${rule}; it is ${given}.`, { path: name });
  };
  if (!Number.isInteger(seed) || seed !== (seed | 0))
    refuse("seed", "a whole number from -2147483648 to 2147483647", seed);
  if (!Number.isInteger(effort) || effort < 1 || effort > 1000)
    refuse("effort", "a whole number from 1 to 1000", effort);
  if (path !== undefined && !/^\d+(:\d+)*$/.test(path))
    refuse(
      "path",
      "numbers with colons between them, as a failure names it, such as 12:0:3",
      JSON.stringify(path),
    );
}
