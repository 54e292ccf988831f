import { ModelError } from "../errors/model-error.ts";
import type { LanguageModel } from "../models/language-model.ts";
import { estimateTokens } from "../text/estimate-tokens.ts";
import { type RetryPolicy, retry } from "../util/retry.ts";
import type { ExtractionRequest, Extractor, ExtractorAnswer } from "./extractor.ts";
import { promptExtractor } from "./prompt-extractor.ts";

type Signal = { readonly signal?: AbortSignal };

/** How the tokens of one call are shared out. */
export interface TokenPlan {
  readonly conversation: number;
  readonly known: number;
  readonly answer: number;
}

/** More than this at once makes models forgetful, whatever their context. */
const longestConversation = 6000;
const shortestConversation = 200;
/** What today's date and the tags take. */
const frame = 60;

/** The application's language model, and how it is asked for facts. */
export class Inference {
  readonly #languageModel: LanguageModel;
  readonly #extractor: Extractor;
  readonly #instructions: string | undefined;
  readonly #retryPolicy: RetryPolicy;

  constructor(
    languageModel: LanguageModel,
    extractor: Extractor | undefined,
    instructions: string | undefined,
    retryPolicy: RetryPolicy,
  ) {
    this.#languageModel = languageModel;
    this.#extractor = extractor ?? promptExtractor;
    this.#instructions = instructions;
    this.#retryPolicy = retryPolicy;
  }

  /** What facts say of where they come from. */
  get id(): string {
    return `${this.#languageModel.id} ${this.#extractor.id}`;
  }

  /** @throws ModelError where the model's context is too small for any conversation. */
  async plan({ signal }: Signal): Promise<TokenPlan> {
    const { contextTokens } = await retry(this.#retryPolicy, signal, () =>
      this.#languageModel.describe(signal ? { signal } : {}),
    );
    const answer = Math.min(Math.floor(contextTokens / 4), 2048);
    const known = Math.min(Math.floor(contextTokens / 8), 1500);
    const overhead = this.#extractor.overheadTokens + estimateTokens(this.#instructions ?? "") + frame;
    const conversation = Math.min(contextTokens - overhead - answer - known, longestConversation);
    if (conversation >= shortestConversation) return { conversation, known, answer };
    throw new ModelError(
      `Language model "${this.#languageModel.id}" has a context of ${contextTokens} tokens, and the instructions take ${overhead} of them: too few are left for a conversation. Give it a larger context, or shorten the instructions.`,
      { model: this.#languageModel.id, problem: "too-long" },
    );
  }

  /** Asks for the facts of one window. */
  async extract(
    request: Pick<ExtractionRequest, "messages" | "known" | "today" | "maxOutputTokens">,
    { signal }: Signal,
  ): Promise<ExtractorAnswer> {
    return retry(this.#retryPolicy, signal, () =>
      this.#extractor.extract({
        ...request,
        languageModel: this.#languageModel,
        ...(this.#instructions ? { instructions: this.#instructions } : {}),
        ...(signal ? { signal } : {}),
      }),
    );
  }
}
