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
  /** The most tokens of the answer; a longer one is cut, which is an error. Default: what the context leaves. */
  readonly maxOutputTokens?: number;
  readonly signal?: AbortSignal;
}

/** The answer, and what it cost. */
export interface GenerateResult {
  /** Satisfies the schema; still data from outside to whoever reads it. */
  readonly object: unknown;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

/** What a language model's server says of it. */
interface LanguageModelDescription {
  /** Tokens that prompt and answer may have together. */
  readonly contextTokens: number;
}

/** Writes an object that satisfies a schema. Adapters for model servers implement it. */
export interface LanguageModel {
  readonly specVersion: 1;
  /** Names the model for people, such as `ollama/qwen3`; errors carry it, and facts say which model wrote them. */
  readonly id: string;
  /** Asks the server where only that knows. */
  describe(options?: { readonly signal?: AbortSignal }): Promise<LanguageModelDescription>;
  /**
   * Must reject when `signal` aborts, and must throw a `ModelError` when its server fails, when the prompt does not
   * fit (`too-long`: no message is dropped or shortened unseen), when the answer was cut (`cut`: it is never
   * returned as a whole one), and when it is not JSON of the schema (`invalid-answer`).
   */
  generate(request: GenerateRequest): Promise<GenerateResult>;
}
