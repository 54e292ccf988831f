/**
 * The words of a record, each field a list of terms in core's own tokenization: letters, digits and marks, 1 to 64
 * code points.
 */
export interface KeywordFields {
  /** The memory's own text. */
  readonly own: readonly string[];
  /** The message before it. */
  readonly before: readonly string[];
  /** The message after it. */
  readonly after: readonly string[];
}
