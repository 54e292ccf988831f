/**
 * Generates an object that satisfies a schema. Adapters for model servers implement it.
 * @example
 * ```ts
 * const make = (languageModel: LanguageModel) => new Memory({ store: inMemory(), languageModel });
 * ```
 */
export interface LanguageModel {
  readonly specVersion: 1;
  /** Names the model for people, such as `ollama/qwen3`. Errors carry it, and facts record it. */
  readonly id: string;
  /** Describes the model, asking the server if needed. */
  describe(options?: { readonly signal?: AbortSignal }): Promise<LanguageModelDescription>;
  /**
   * Must reject when `signal` aborts. Must throw a `ModelError` when the server fails, when the prompt does not fit
   * (`too-long`: never drop or shorten a message), when the answer is truncated (`cut`: never return a part), and
   * when it is not JSON of the schema (`invalid-answer`).
   */
  generate(request: GenerateRequest): Promise<GenerateResult>;
}

/**
 * One message of a prompt.
 * @example
 * ```ts
 * const message: PromptMessage = { role: "system", content: "Answer with JSON only." };
 * ```
 */
export interface PromptMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/**
 * A request for one JSON object.
 * @example
 * ```ts
 * const promptOf = ({ messages }: GenerateRequest) => messages.map(({ content }) => content).join("\n");
 * ```
 */
export interface GenerateRequest {
  readonly messages: readonly PromptMessage[];
  /** JSON schema of the answer. */
  readonly schema: Readonly<Record<string, unknown>>;
  /**
   * The most tokens of the answer. A longer answer is truncated, which is an error. Default: the rest of the
   * context.
   */
  readonly maxOutputTokens?: number;
  readonly signal?: AbortSignal;
}

/**
 * The answer and its token usage.
 * @example
 * ```ts
 * const result: GenerateResult = { object: { facts: [], removes: [] }, usage: { inputTokens: 900, outputTokens: 12 } };
 * ```
 */
export interface GenerateResult {
  /** Satisfies the schema. Callers must still treat it as untrusted. */
  readonly object: unknown;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

/** What the server reports about a language model. */
interface LanguageModelDescription {
  /** The most tokens of prompt and answer together. */
  readonly contextTokens: number;
}
