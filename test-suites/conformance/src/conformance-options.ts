import type { CaseResult } from "./report.ts";

/** Options of a run. None of them leaves out an isolation case. */
export interface ConformanceOptions {
  /** Where all chance comes from. Default: 1. */
  readonly seed?: number;
  /** Multiplies the number of generated runs. Default: 1. */
  readonly effort?: number;
  /** Replays one generated run of a trace: the path that a failure names, with its seed. Default: none. */
  readonly path?: string;
  /** Called after each case. */
  readonly onResult?: (result: CaseResult) => void;
}
