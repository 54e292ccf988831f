/**
 * How far a move, a re-embedding or a change of keys has come.
 * @example
 * ```ts
 * const onProgress = ({ phase, done, total }: MigrationProgress) => console.log(phase, done, total);
 * await acme.move({ to: { region: "eu" }, onProgress });
 * ```
 */
export interface MigrationProgress {
  /** `copying`: everything goes on as usual. `switching`: writes wait. `purging`: the old namespace is dropped. */
  readonly phase: "copying" | "switching" | "purging";
  /** Memories that this pass has looked at. */
  readonly done: number;
  /** How many there were at the beginning. */
  readonly total: number;
}
/**
 * How far an export or an import has come.
 * @example
 * ```ts
 * const onProgress = ({ done, total }: TransferProgress) => console.log(done, total ?? "?");
 * await acme.export({ onProgress });
 * ```
 */
export interface TransferProgress {
  /** Memories that are through. */
  readonly done: number;
  /** How many there were at the beginning; unknown for an import. */
  readonly total?: number;
}
