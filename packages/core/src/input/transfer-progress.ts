/**
 * The progress of an export or an import.
 * @example
 * ```ts
 * const onProgress = ({ done, total }: TransferProgress) => console.log(done, total ?? "?");
 * await acme.export({ onProgress });
 * ```
 */
export interface TransferProgress {
  /** How many memories were exported or imported. */
  readonly done: number;
  /** How many memories there were at the start; absent for an import, which cannot know. */
  readonly total?: number;
}
