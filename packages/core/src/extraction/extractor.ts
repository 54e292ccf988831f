import type { Role } from "../input/role.ts";
import type { LanguageModel } from "../models/language-model.ts";

/**
 * Turns a conversation into facts. The default asks the language model once, with Loci's own prompt.
 * @example
 * ```ts
 * const shouting: Extractor = {
 *   id: "shouting-1",
 *   overheadTokens: 0,
 *   extract: async ({ messages }) => ({
 *     object: {
 *       facts: messages.map(({ number, text }) => ({ message: number, text: text.toUpperCase(), replaces: 0 })),
 *       removes: [],
 *     },
 *     usage: { inputTokens: 0, outputTokens: 0 },
 *   }),
 * };
 * ```
 */
export interface Extractor {
  /** Names the extractor and its version; facts record it. */
  readonly id: string;
  /** Tokens of its instructions, without messages and memories. */
  readonly overheadTokens: number;
  extract(request: ExtractionRequest): Promise<ExtractorAnswer>;
}

/** A message of the conversation, as an extractor sees it. */
interface NumberedMessage {
  /** From 1, in the order of the conversation. */
  readonly number: number;
  readonly text: string;
  readonly role: Role;
  /** The speaker's name, if known. */
  readonly name?: string;
  readonly saidAt: Date;
}

/** An existing memory at exactly the scope of the conversation. */
interface KnownMemory {
  /** From 1, the nearest to the conversation first. */
  readonly number: number;
  readonly text: string;
  /** Since when it is valid. */
  readonly since: Date;
}

/** The input of an extractor. */
export interface ExtractionRequest {
  readonly messages: readonly NumberedMessage[];
  readonly known: readonly KnownMemory[];
  readonly today: Date;
  /** Whose days are meant, such as "Europe/Berlin". */
  readonly timeZone: string;
  /** The application's additions to the instructions. */
  readonly instructions?: string;
  /** The application's model. */
  readonly languageModel: LanguageModel;
  /** The most tokens that the answer should have. */
  readonly maxOutputTokens: number;
  readonly signal?: AbortSignal;
}

/** One fact in an extractor's answer. Core validates it. */
export interface ExtractedFact {
  /** One self-contained sentence of 1 to 1,000 characters. */
  readonly text: string;
  /** The number of the message that states it. */
  readonly message: number;
  /** The number of the known memory that it replaces, 0 for none. */
  readonly replaces: number;
}

/**
 * The answer of an extractor.
 * @example
 * ```ts
 * const answer: Extraction = {
 *   facts: [{ text: "Mia works at Halden", message: 1, replaces: 2 }],
 *   removes: [{ memory: 3, message: 1 }],
 * };
 * ```
 */
export interface Extraction {
  readonly facts: readonly ExtractedFact[];
  /** The known memories that are no longer valid and have no successor. */
  readonly removes: readonly ExtractedRemoval[];
}

/** A known memory that is no longer valid. */
interface ExtractedRemoval {
  /** The number of the memory. */
  readonly memory: number;
  /** The number of the message that says so. Without it, it counts as said by the least trusted message. */
  readonly message: number;
}

/** The unvalidated answer and its token usage. */
export interface ExtractorAnswer {
  /** Parsed as an {@link Extraction}; anything else in it is reported and ignored. */
  readonly object: unknown;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}
