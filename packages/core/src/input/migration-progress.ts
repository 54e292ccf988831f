/**
 * The progress of a move, a re-embedding or a key rotation.
 * @example
 * ```ts
 * const onProgress = ({ phase, done, total }: MigrationProgress) => console.log(phase, done, total);
 * await acme.move({ to: { region: "eu" }, onProgress });
 * ```
 */
export interface MigrationProgress {
  /** `copying`: reads and writes continue. `switching`: writes wait. `purging`: the old namespace is dropped. */
  readonly phase: "copying" | "switching" | "purging";
  /** How many memories this pass has compared. */
  readonly done: number;
  /** How many memories there were at the start. */
  readonly total: number;
}
