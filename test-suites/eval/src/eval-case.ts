import type { Message } from "@loci/core";

/** What a case is about. */
type Category =
  | "new fact"
  | "contradiction"
  | "correction"
  | "negation"
  | "chatter"
  | "two speakers"
  | "dates"
  | "secrets"
  | "injection";

/** A conversation, and what should be known after it. */
export interface EvalCase {
  readonly category: Category;
  readonly language: "en" | "de" | "es" | "fr" | "zh" | "ja";
  /** What is known before. */
  readonly known?: readonly string[];
  /** One call of `add` each. */
  readonly talks: readonly (readonly Message[])[];
  /** For each, one memory that holds afterwards must match. */
  readonly wanted: readonly RegExp[];
  /** None that holds may match. */
  readonly unwanted?: readonly RegExp[];
  /** The most memories that may hold. Default: two for each wanted one. */
  readonly most?: number;
}
