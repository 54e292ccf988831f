import type { LanguageModel } from "@loci/core";
import type { PromptMessage } from "@loci/core/model";
import { type ModelCase, type ModelResult, runModelCases } from "./model-case.ts";

/** What the author of a language model's adapter fills in. */
export interface LanguageModelHarness {
  readonly name: string;
  readonly model: LanguageModel;
  /** The same model, made to stop before its answer is complete. */
  readonly truncating?: LanguageModel;
  /** A text that is longer than the model's context, if there is such a length. */
  readonly tooLong?: string;
  /** The same adapter, pointed at a server that refuses connections. */
  readonly unreachable?: LanguageModel;
  /** The same adapter, asking for a model that the server does not have. */
  readonly missing?: LanguageModel;
}

const schema = {
  type: "object",
  properties: { answer: { type: "string" }, sure: { type: "boolean" } },
  required: ["answer", "sure"],
  additionalProperties: false,
} as const;
const messages = [
  { role: "system", content: "Answer with an object." },
  { role: "user", content: "Which colour has the sky?" },
] as const;

/** What every language model promises. */
export const languageModelCases: readonly ModelCase<LanguageModelHarness>[] = [
  {
    id: "answers-satisfy-the-schema",
    claim: "The answer is an object that satisfies the schema, and the tokens it took are counted.",
    async run({ model }, check) {
      const { object, usage } = await model.generate({ messages, schema });
      const answer = object as { answer?: unknown; sure?: unknown } | null;
      check(
        typeof answer === "object" && answer !== null && !Array.isArray(answer),
        () => `The answer is no object: ${JSON.stringify(object)}`,
      );
      check(
        typeof answer?.answer === "string" && typeof answer.sure === "boolean",
        () => `The answer does not satisfy the schema: ${JSON.stringify(object)}`,
      );
      check(
        Object.keys(answer ?? {}).length === 2,
        () => `The answer has more than the schema allows: ${JSON.stringify(object)}`,
      );
      check(
        usage.inputTokens > 0 && usage.outputTokens > 0,
        () => `The tokens are ${JSON.stringify(usage)}.`,
      );
    },
  },
  {
    id: "generating-can-be-aborted",
    claim: "A call whose signal is aborted rejects, and the next call works.",
    async run({ model }, check) {
      const seen = await model
        .generate({ messages, schema, signal: AbortSignal.abort(new Error("enough")) })
        .then(
          () => "answered",
          () => "rejected",
        );
      check(seen === "rejected", () => "A call with an aborted signal was answered.");
      const controller = new AbortController();
      const running = model.generate({ messages, schema, signal: controller.signal }).then(
        () => "answered",
        () => "rejected",
      );
      controller.abort(new Error("enough"));
      await running;
      const { object } = await model.generate({ messages, schema });
      check(typeof object === "object", () => "After an abort the model does not answer.");
    },
  },
  {
    id: "cut-answers-are-errors",
    claim: "An answer that was cut is an error that cannot be retried unchanged, never an answer.",
    applies: ({ truncating }) => (truncating ? undefined : "The harness gives no model that stops early."),
    async run({ truncating }, check) {
      const seen = await errorOf(truncating);
      check(seen !== undefined, () => "A cut answer was returned as a whole one.");
      check(seen?.retryable === false, () => "A cut answer is said to be worth retrying unchanged.");
    },
  },
  {
    id: "long-prompts-are-not-cut-silently",
    claim: "A prompt that does not fit is an error with the problem too-long, be it one message or many.",
    applies: ({ tooLong }) =>
      tooLong === undefined ? "The harness gives no text that is too long." : undefined,
    async run({ model, tooLong = "" }, check) {
      const later = { role: "user", content: "And now?" } as const;
      const answered = { role: "assistant", content: "Yes." } as const;
      for (const prompt of [
        [...messages, { role: "user", content: tooLong } as const],
        [...messages, { role: "user", content: tooLong } as const, answered, later],
      ]) {
        const seen = await errorOf(model, prompt);
        check(
          seen !== undefined,
          () => "A prompt that is too long was answered: something of it was dropped.",
        );
        check(
          seen?.problem === "too-long" && seen.retryable === false,
          () => `A prompt that is too long gave ${JSON.stringify(seen)}.`,
        );
      }
    },
  },
  {
    id: "description-has-the-context",
    claim: "A language model says how many tokens its context has.",
    async run({ model }, check) {
      const { contextTokens } = await model.describe();
      check(
        Number.isInteger(contextTokens) && contextTokens > 0,
        () => `Its context has ${String(contextTokens)} tokens.`,
      );
    },
  },
  {
    id: "unreachable-servers-are-retryable",
    claim: "A server that cannot be reached is an error that says it can be retried.",
    applies: ({ unreachable }) => (unreachable ? undefined : "The harness gives no unreachable server."),
    async run({ unreachable }, check) {
      const seen = await errorOf(unreachable);
      check(
        seen?.retryable === true,
        () => `An unreachable server gave ${JSON.stringify(seen) ?? "an answer"}.`,
      );
    },
  },
  {
    id: "missing-models-are-final",
    claim:
      "A model that the server does not have is an error that says what to do and is not worth retrying.",
    applies: ({ missing }) => (missing ? undefined : "The harness gives no missing model."),
    async run({ missing }, check) {
      const seen = await errorOf(missing);
      check(seen?.retryable === false, () => `A missing model gave ${JSON.stringify(seen) ?? "an answer"}.`);
    },
  },
];

interface Failure {
  readonly message: string;
  readonly retryable?: boolean;
  readonly problem?: string;
}

async function errorOf(
  model: LanguageModel | undefined,
  prompt: readonly PromptMessage[] = messages,
): Promise<Failure | undefined> {
  try {
    await model?.generate({ messages: prompt, schema });
    return undefined;
  } catch (error) {
    const { retryable, message, problem } = error as Failure;
    return {
      message,
      ...(retryable === undefined ? {} : { retryable }),
      ...(problem === undefined ? {} : { problem }),
    };
  }
}

export async function runLanguageModelConformance(
  harness: LanguageModelHarness,
): Promise<readonly ModelResult[]> {
  return runModelCases(languageModelCases, harness);
}
