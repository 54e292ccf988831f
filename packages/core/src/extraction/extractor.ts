import type { Role } from "../input/messages.ts";
import type { LanguageModel } from "../models/language-model.ts";

/** A message of the conversation, as an extractor sees it. */
interface NumberedMessage {
  /** From 1, in the order in which they were said. */
  readonly number: number;
  readonly text: string;
  readonly role: Role;
  /** The speaker's name, where it is known. */
  readonly name?: string;
  readonly saidAt: Date;
}

/** A memory that exists already at exactly the scope of the conversation. */
interface KnownMemory {
  /** From 1, the nearest to the conversation first. */
  readonly number: number;
  readonly text: string;
  /** Since when it holds. */
  readonly since: Date;
}

/** What an extractor is to turn into facts. */
export interface ExtractionRequest {
  readonly messages: readonly NumberedMessage[];
  readonly known: readonly KnownMemory[];
  readonly today: Date;
  /** What the application adds to the instructions. */
  readonly instructions?: string;
  /** The application's model. */
  readonly languageModel: LanguageModel;
  /** The most tokens that the answer should have. */
  readonly maxOutputTokens: number;
  readonly signal?: AbortSignal;
}

/** One fact, as an extractor answers it. Everything in it is checked. */
export interface ExtractedFact {
  /** One sentence that stands on its own, 1 to 1,000 characters. */
  readonly text: string;
  /** The number of the message that says it. */
  readonly message: number;
  /** The number of the known memory that it replaces, 0 for none. */
  readonly replaces: number;
}

/** What an extractor answers. */
export interface Extraction {
  readonly facts: readonly ExtractedFact[];
  /** Numbers of known memories that no longer hold, with nothing in their place. */
  readonly removes: readonly number[];
}

/** What came back, unchecked, and what it cost. */
export interface ExtractorAnswer {
  /** Read as an {@link Extraction}; whatever else it holds is reported and changes nothing. */
  readonly object: unknown;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

/** Turns a conversation into facts. The default asks the language model once, with Loci's own prompt. */
export interface Extractor {
  /** Names it and its version; facts say which one found them. */
  readonly id: string;
  /** Tokens that its instructions take beside messages and memories. */
  readonly overheadTokens: number;
  extract(request: ExtractionRequest): Promise<ExtractorAnswer>;
}
