/**
 * The keywords of a record. Each field is a list of terms from core's tokenizer: letters, digits and marks, 1 to 64
 * code points.
 */
export interface KeywordFields {
  /** Terms of the memory's own text. */
  readonly own: readonly string[];
  /** Terms of the message before it. */
  readonly before: readonly string[];
  /** Terms of the message after it. */
  readonly after: readonly string[];
}
