/** One message of a prompt. */
export interface PromptMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** A request for one object. */
export interface GenerateRequest {
  readonly messages: readonly PromptMessage[];
  /** JSON schema that the answer has to satisfy. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
}

/** The answer, and what it cost. */
export interface GenerateResult {
  /** Satisfies the schema; still data from outside to whoever reads it. */
  readonly object: unknown;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

/** Writes an object that satisfies a schema. Adapters for model servers implement it. */
export interface LanguageModel {
  readonly specVersion: 1;
  readonly id: string;
  /** Tokens that prompt and answer may have together, where the server tells. */
  readonly contextTokens?: number;
  /** Must reject when `signal` aborts, and when the answer was cut: a cut answer is never returned as a whole one. */
  generate(request: GenerateRequest): Promise<GenerateResult>;
}
