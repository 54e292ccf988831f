import { ExtractionError, type UnprocessedMessage } from "../errors/extraction-error.ts";
import { ModelError } from "../errors/model-error.ts";
import { StoreError } from "../errors/store-error.ts";
import type { ExtractionReport } from "../extraction/extraction-report.ts";
import type { ExtractorAnswer } from "../extraction/extractor.ts";
import type { Inference } from "../extraction/inference.ts";
import {
  type CheckedExtraction,
  parseExtraction,
  type RejectedAnswer,
} from "../extraction/parse-extraction.ts";
import { halveWindow, isForeignWindow, splitIntoWindows, type TimedMessage } from "../extraction/windows.ts";
import { inNamespace } from "../guard/in-namespace.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { currentRevision, isPending, type MemoryRecord, toMemoryRecord } from "../records/memory-record.ts";
import type { WriteResult } from "../records/write-result.ts";
import { exactScopeFilter, type ScopeKey, scopeKeyOf } from "../scope/scope-filter.ts";
import { messageOf } from "../util/thrown.ts";
import { conversationOf } from "./add.ts";
import { findKnown } from "./find-known.ts";
import { groundFacts } from "./ground-facts.ts";
import { storeFacts } from "./store-facts.ts";

/**
 * Extracts facts from a conversation, window by window. Stores each window before the next extraction, which then
 * sees its facts. Extractions at one scope key run one after another. No write waits for the model.
 * @param onProcessed called after each window with the messages that are completely processed
 */
export async function extractFacts(
  context: OperationContext,
  inference: Inference,
  messages: readonly TimedMessage[],
  onProcessed: (messages: readonly TimedMessage[]) => Promise<void> = async () => {},
): Promise<Inferred> {
  const scopeKey = scopeKeyOf(context.scope.inner);
  const turn = { ...context.signal, maxWait: maxTurn };
  return context.turns.take(`infer ${conversationOf(context, scopeKey)}`, turn, () =>
    new ExtractionRun(context, inference, scopeKey).run(messages, onProcessed),
  );
}

/** How long an extraction waits for the one before it at the same scope key, in milliseconds. */
const maxTurn = 60_000;
/** How often a window is shown to the model whose memories were deleted while it thought. */
const maxStale = 3;

/** The outcome of an extraction. */
export interface Inferred {
  readonly results: readonly WriteResult[];
  readonly extraction: ExtractionReport;
  /** The messages without stored facts. Empty unless the extraction failed. */
  readonly unprocessed: readonly TimedMessage[];
}

class ExtractionRun {
  readonly #context: OperationContext;
  readonly #inference: Inference;
  readonly #scopeKey: ScopeKey;
  readonly #usage = { calls: 0, inputTokens: 0, outputTokens: 0 };
  readonly #results: WriteResult[] = [];
  readonly #rejected: RejectedAnswer[] = [];
  #lastAnswer: unknown;

  constructor(context: OperationContext, inference: Inference, scopeKey: ScopeKey) {
    this.#context = context;
    this.#inference = inference;
    this.#scopeKey = scopeKey;
  }

  async run(
    messages: readonly TimedMessage[],
    onProcessed: (messages: readonly TimedMessage[]) => Promise<void>,
  ): Promise<Inferred> {
    let pending: readonly (readonly MessagePart[])[] = [
      messages.map((message) => ({ ...message, whole: message })),
    ];
    const unprocessed = () => [...new Set(pending.flat().map(({ whole }) => whole))];
    let stale = 0;
    try {
      const plan = await this.#inference.plan(this.#context.signal);
      pending = splitIntoWindows(pending.flat(), plan.conversation);
      for (let window = pending[0]; window; window = pending[0]) {
        const shown = window;
        const known = await inNamespace(this.#context, (context) =>
          findKnown(
            context,
            this.#scopeKey,
            shown,
            plan.known,
            isForeignWindow(shown) ? undefined : "assistant",
          ),
        );
        const extraction = await this.#ask(window, known, plan.answer);
        if (extraction === "too-long") {
          pending = [...(halveWindow(window) ?? []), ...pending.slice(1)];
          continue;
        }
        const { id: inferredBy } = this.#inference;
        const stored = await storeFacts(this.#context, this.#scopeKey, {
          window,
          known,
          extraction,
          inferredBy,
        });
        if (stored === "stale") {
          stale += 1;
          if (stale === maxStale) throw changing(this.#context.namespace.store);
          pending = await this.#withoutDeleted(pending);
          continue;
        }
        stale = 0;
        this.#results.push(...stored.results);
        this.#rejected.push(...extraction.rejected, ...stored.rejected);
        pending = pending.slice(1);
        const left = new Set(unprocessed());
        await onProcessed(
          [...new Set(window.map(({ whole }) => whole))].filter((message) => !left.has(message)),
        );
      }
    } catch (error) {
      if (!ModelError.isInstance(error)) throw error;
      const failure = this.#failure(error, unprocessed());
      return {
        results: this.#results,
        extraction: { ...this.#report(), failure },
        unprocessed: unprocessed(),
      };
    }
    return { results: this.#results, extraction: this.#report(), unprocessed: [] };
  }

  /** The windows without the stored messages that were deleted, edited or extracted meanwhile. */
  async #withoutDeleted(
    windows: readonly (readonly MessagePart[])[],
  ): Promise<readonly (readonly MessagePart[])[]> {
    const ids = windows.flat().flatMap(({ stored }) => stored?.id ?? []);
    if (ids.length === 0) return windows;
    const scope = exactScopeFilter(this.#scopeKey);
    const records = await inNamespace(this.#context, ({ namespace, signal }) =>
      namespace.get({ ids, scope, ...signal }),
    );
    const found = new Map(records.map((record) => [record.id, toMemoryRecord(record)]));
    return windows
      .map((window) => window.filter(({ stored }) => !stored || isPending(found.get(stored.id), stored.text)))
      .filter((window) => window.length > 0);
  }

  /** The facts of one window, or `too-long` when the window or its answer exceeds a limit and can be split. */
  async #ask(
    window: readonly TimedMessage[],
    known: readonly MemoryRecord[],
    maxOutputTokens: number,
  ): Promise<CheckedExtraction | "too-long"> {
    for (const isLast of [false, true]) {
      let answer: ExtractorAnswer;
      this.#usage.calls += 1;
      try {
        answer = await this.#inference.extract(
          {
            messages: window.map(({ text, role = "user", name, timestamp }, index) => ({
              number: index + 1,
              text,
              role,
              ...(name ? { name } : {}),
              saidAt: new Date(timestamp),
            })),
            known: known.map(({ payload }, index) => ({
              number: index + 1,
              text: currentRevision(payload).text,
              since: new Date(payload.validFrom),
            })),
            today: new Date(),
            timeZone: this.#context.timeZone,
            maxOutputTokens,
          },
          this.#context.signal,
        );
      } catch (error) {
        this.#context.signal.signal?.throwIfAborted();
        if (!ModelError.isInstance(error)) throw this.#failed(error);
        this.#lastAnswer = error.answer;
        if (["too-long", "cut"].includes(error.problem) && halveWindow(window)) return "too-long";
        if (error.problem !== "invalid-answer" || isLast) throw error;
        continue;
      }
      const parsed = this.#read(answer, window.length, known.length);
      const extraction = parsed && (await groundFacts(this.#context, parsed, window));
      const isUsable = !parsed?.facts.length || extraction?.facts.length || extraction?.removes.length;
      if (extraction && isUsable) return extraction;
    }
    const { id } = this.#inference;
    throw new ModelError(`"${id}" answered twice without a fact that can be used.`, {
      model: id,
      problem: "invalid-answer",
    });
  }

  /** The facts of an answer, undefined where none can be used. An answer of an application's own may be anything. */
  #read(answer: unknown, messages: number, known: number): CheckedExtraction | undefined {
    try {
      const { object, usage } = answer as Partial<ExtractorAnswer>;
      this.#lastAnswer = object;
      this.#usage.inputTokens += toCount(usage?.inputTokens);
      this.#usage.outputTokens += toCount(usage?.outputTokens);
      return parseExtraction(object, messages, known);
    } catch {
      return undefined;
    }
  }

  /** Wraps an error of the application's own extractor. */
  #failed(cause: unknown): ModelError {
    const { id } = this.#inference;
    return new ModelError(`"${id}" failed: ${messageOf(cause)}`, { model: id, problem: "failed" }, { cause });
  }

  #report(): ExtractionReport {
    return { ...this.#usage, rejected: this.#rejected };
  }

  #failure(cause: ModelError, unprocessed: readonly TimedMessage[]): ExtractionError {
    const count =
      unprocessed.length === 1 ? "1 message, which is" : `${unprocessed.length} messages, which are`;
    return new ExtractionError(
      `No facts were extracted from ${count} in this error: ${cause.message} To store the messages and extract facts later, add with onExtractionFailure: "store-raw".`,
      { messages: unprocessed.map(toMessage), answer: this.#lastAnswer, results: this.#results },
      { cause, retryable: cause.retryable },
    );
  }
}

function changing(store: string): StoreError {
  return new StoreError(
    `Memories that the model was shown were deleted while it thought, ${maxStale} times. Call again.`,
    { store },
    { retryable: true },
  );
}

/** A number of tokens, 0 where the model does not say it. */
function toCount(tokens: unknown): number {
  return typeof tokens === "number" && tokens > 0 && Number.isFinite(tokens) ? tokens : 0;
}

/** A message or a part of one, with the whole message. */
interface MessagePart extends TimedMessage {
  readonly whole: TimedMessage;
}

function toMessage({ role = "user", text, name, timestamp }: TimedMessage): UnprocessedMessage {
  return { role, content: text, ...(name ? { name } : {}), timestamp: new Date(timestamp).toISOString() };
}
