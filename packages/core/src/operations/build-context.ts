import type { OperationContext } from "../guard/operation-context.ts";
import type { ParsedContextOptions } from "../input/context-options.ts";
import { fail } from "../input/fail.ts";
import { boundedDeviation, isCosineScatter } from "../models/cosine-scatter.ts";
import type { MemoryContext } from "../records/memory-context.ts";
import type { SearchResult } from "../records/search-result.ts";
import { estimateTokens } from "../text/estimate-tokens.ts";
import { describe } from "../util/describe.ts";
import { formatContext, speakerOf } from "./format-context.ts";
import { type Found, search } from "./search.ts";

const defaultTokens = 1000;
const defaultLimit = 50;

const noContext: MemoryContext = Object.freeze({ text: "", memories: [], tokens: 0 });

/**
 * Renders the most relevant memories within a token budget. Skips a memory that does not fit and tries the next one.
 * @throws InvalidInputError where `countTokens` or `format` of the application answers with something else
 */
export async function buildContext(
  context: OperationContext,
  query: string,
  options: ParsedContextOptions,
): Promise<BuiltContext> {
  const { maxTokens = defaultTokens, countTokens = estimateTokens, format, limit, ...rest } = options;
  const searched = { ...rest, limit: limit ?? defaultLimit, explain: true };
  const { results, failure } = await search(context, query, searched);
  const writer = new Writer(countTokens, format ?? ((all) => formatContext(all, context.timeZone)));
  const memories = withoutRepeats(results.filter((memory) => isWorthAPlace(memory, options))).map(
    ({ explanation: _, ...memory }) => memory,
  );
  const built = writer.write(memories, maxTokens) ?? noContext;
  return { built, ...(failure ? { failure } : {}) };
}

/** A context, and why its memories are not in the reranker's order, where they should be. */
export interface BuiltContext extends Pick<Found, "failure"> {
  readonly built: MemoryContext;
}

/** The answer where nothing was ever stored. */
export const nothingBuilt: BuiltContext = Object.freeze({ built: noContext });

/**
 * Whether a memory has anything to do with the query. One of no score was found because nothing else was there; one
 * that is hardly nearer than any two texts are to each other, because something has to be the nearest. What an assistant has only
 * acknowledged, such as "Noted!", says nothing.
 */
function isWorthAPlace(memory: SearchResult, { threshold }: ParsedContextOptions): boolean {
  const { score, role, inferredBy, text, explanation } = memory;
  if (score <= 0) return false;
  const { scatter } = explanation ?? {};
  // Two deviations: on three languages and two models, one right memory of a hundred lies below.
  const floor = isCosineScatter(scatter) ? scatter.mean + 2 * boundedDeviation(scatter) : 0;
  if (threshold === undefined && score < floor) return false;
  return role !== "assistant" || inferredBy !== undefined || !acknowledgment.test(text);
}

/** One or two short words of Latin letters, without a number: "Noted!", "Sure thing." */
const acknowledgment = /^\p{Script=Latin}{1,10}(?:[^\p{L}\p{N}]+\p{Script=Latin}{1,10})?[^\p{L}\p{N}]*$/u;

/**
 * Leaves out what a more relevant one says already: the same text of the same speaker and source, but for case, white space and a full stop. Nothing
 * beyond that: "works" and "worked", "C" and "C++" are not the same.
 */
function withoutRepeats(memories: readonly SearchResult[]): readonly SearchResult[] {
  const seen = new Set<string>();
  return memories.filter((memory) => {
    const plain = memory.text.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ");
    const said = JSON.stringify([
      memory.source,
      speakerOf(memory),
      plain.replace(/[\s.!。]+$/u, "").trimStart(),
    ]);
    const isNew = !seen.has(said);
    seen.add(said);
    return isNew;
  });
}

/** Writes as many memories as fit, by the application's own count of tokens and in its own form. */
class Writer {
  readonly #countTokens: (text: string) => number;
  readonly #format: (memories: readonly SearchResult[]) => string;

  constructor(countTokens: (text: string) => number, format: (memories: readonly SearchResult[]) => string) {
    this.#countTokens = countTokens;
    this.#format = format;
  }

  /** Undefined where none fits. What the text takes is counted of the whole of it: tokens can join over the end of a line. */
  write(memories: readonly SearchResult[], maxTokens: number): MemoryContext | undefined {
    const frame = this.#count(this.#render([]));
    const chosen: SearchResult[] = [];
    let estimated = frame;
    for (const memory of memories) {
      const own = Math.max(this.#count(this.#render([memory])) - frame, 0);
      if (estimated + own > maxTokens) continue;
      estimated += own;
      chosen.push(memory);
    }
    while (chosen.length > 0) {
      const text = this.#render(chosen);
      const tokens = this.#count(text);
      if (tokens <= maxTokens) return text === "" ? undefined : { text, memories: chosen, tokens };
      chosen.pop();
    }
    return undefined;
  }

  #render(memories: readonly SearchResult[]): string {
    const text: unknown = this.#format(memories);
    return typeof text === "string" ? text : fail("format", `must return a string, not ${describe(text)}`);
  }

  #count(text: string): number {
    const tokens: unknown = this.#countTokens(text);
    return typeof tokens === "number" && tokens >= 0 && Number.isFinite(tokens)
      ? tokens
      : fail("countTokens", `must return a number of tokens, not ${describe(tokens)}`);
  }
}
