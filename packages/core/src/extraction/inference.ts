import { ModelError } from "../errors/model-error.ts";
import type { LanguageModel } from "../models/language-model.ts";
import { withinTime } from "../models/within-time.ts";
import { estimateTokens } from "../text/estimate-tokens.ts";
import { type RetryPolicy, retry } from "../util/retry.ts";
import type { StepEnd, Steps } from "../util/steps.ts";
import type { ExtractionRequest, Extractor, ExtractorAnswer } from "./extractor.ts";
import { promptExtractor } from "./prompt-extractor.ts";

type Signal = { readonly signal?: AbortSignal };

/** With more tokens in one call, models forget facts, however large their context. */
const longestConversation = 6000;
const shortestConversation = 200;

/** Tokens of today's date and the tags. */
const frame = 70;

/** The application's language model, with its extractor and instructions. */
export class Inference {
  readonly #languageModel: LanguageModel;
  readonly #extractor: Extractor;
  readonly #instructions: string | undefined;
  readonly #retryPolicy: RetryPolicy;
  readonly #steps: Steps;

  constructor(
    languageModel: LanguageModel,
    extractor: Extractor | undefined,
    instructions: string | undefined,
    retryPolicy: RetryPolicy,
    steps: Steps,
  ) {
    this.#steps = steps;
    this.#languageModel = languageModel;
    this.#extractor = extractor ?? promptExtractor;
    this.#instructions = instructions;
    this.#retryPolicy = retryPolicy;
  }

  /** Names model and extractor; facts record it. */
  get id(): string {
    return `${this.#languageModel.id} ${this.#extractor.id}`;
  }

  /** @throws ModelError when the model's context is too small for any conversation */
  async plan({ signal }: Signal): Promise<TokenPlan> {
    const described: unknown = await retry(this.#retryPolicy, signal, () =>
      withinTime(this.#languageModel.id, signal, (own) => this.#languageModel.describe({ signal: own })),
    );
    const contextTokens = (described as { readonly contextTokens?: unknown } | null | undefined)
      ?.contextTokens;
    if (typeof contextTokens !== "number")
      throw new ModelError(
        `Language model "${this.#languageModel.id}" does not say how many tokens its context has.`,
        {
          model: this.#languageModel.id,
          problem: "invalid-answer",
        },
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

  /** Extracts the facts of one window. */
  async extract(
    request: Pick<ExtractionRequest, "messages" | "known" | "today" | "timeZone" | "maxOutputTokens">,
    { signal }: Signal,
  ): Promise<ExtractorAnswer> {
    const step = { kind: "generate", part: this.#languageModel.id, method: this.#extractor.id } as const;
    const extract = () =>
      withinTime(this.id, signal, (own) =>
        this.#extractor.extract({
          ...request,
          languageModel: this.#languageModel,
          ...(this.#instructions ? { instructions: this.#instructions } : {}),
          signal: own,
        }),
      );
    return this.#steps.run(step, () => retry(this.#retryPolicy, signal, extract), usageOf);
  }
}

/** What an answer says of its tokens. An application's own model may say anything. */
function usageOf(answer: unknown): StepEnd {
  const { usage } = (answer ?? {}) as { readonly usage?: StepEnd["usage"] };
  const isCount = (value: unknown) => typeof value === "number";
  return usage && isCount(usage.inputTokens) && isCount(usage.outputTokens) ? { usage } : {};
}

/** The token budget of one call. */
export interface TokenPlan {
  readonly conversation: number;
  readonly known: number;
  readonly answer: number;
}
