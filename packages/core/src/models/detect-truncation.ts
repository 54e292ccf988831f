import { ModelError } from "../errors/model-error.ts";
import { assertVectors } from "./assert-vectors.ts";

/**
 * Every model accepts a text of this many bytes. A text has no more tokens than bytes, except for a few framing
 * tokens.
 */
const surelySafe = 240;
const frame = 8;

/** Longer texts are checked one by one, since a probe of their length would cost too much. */
const longestProbe = 4096;
const encoder = new TextEncoder();

/**
 * Embeds on a server that truncates long texts without an error, and detects truncation. A probe of known length
 * shows where the server truncates: a text with that token count was truncated. A server without token counts is
 * checked by its vectors: a truncated text keeps its vector, whatever is appended.
 * @param model named in the error
 * @returns a function that throws a `ModelError` with the problem `too-long` instead of returning a truncated text's
 * vector
 * @example
 * ```ts
 * const embed = detectTruncation("my-model", async (texts) => ({
 *   vectors: texts.map((text) => Float32Array.of(text.length, 1)),
 *   tokens: texts.length,
 * }));
 * const vectors = await embed(["hello"]);
 * ```
 */
export function detectTruncation(model: string, ask: Embed): EmbedWhole {
  const embed: Embed = async (texts, signal) => {
    const answer = await ask(texts, signal);
    assertVectors(answer.vectors, texts.length, model);
    return answer;
  };
  /** Texts of up to this many tokens are embedded whole. */
  let safe = surelySafe;
  /** The token count at which the server truncates, once seen. */
  let limit: number | undefined;

  const probe = async (words: number, signal: AbortSignal | undefined) => {
    const { tokens } = await embed(["a ".repeat(words).trim()], signal);
    if (tokens === undefined) return;
    if (tokens >= words) safe = words;
    else {
      limit = tokens;
      safe = Math.max(tokens, 1);
    }
  };
  const isTruncated = async (
    text: string,
    { vectors: [vector], tokens }: CountedVectors,
    signal: AbortSignal | undefined,
  ) => {
    if (limit !== undefined && tokens !== undefined) return tokens >= limit;
    const longer = await embed([`${text} ${text.slice(0, 200)}`], signal);
    if (tokens === undefined || longer.tokens === undefined) {
      const [other] = longer.vectors;
      return vector?.every((value, index) => Math.abs(value - (other?.[index] ?? 0)) < 1e-6);
    }
    if (longer.tokens > tokens) return false;
    limit = tokens;
    return true;
  };

  return async (texts, signal) => {
    const bytes = texts.map((text) => encoder.encode(text).length + frame);
    const longest = Math.max(0, ...bytes);
    if (limit === undefined && longest > safe && longest <= longestProbe)
      await probe(2 ** Math.ceil(Math.log2(longest)), signal);
    const vectors: Float32Array[] = new Array(texts.length);
    const short = [...texts.keys()].filter((index) => (bytes[index] ?? 0) <= safe);
    if (short.length > 0) {
      const answer = await embed(
        short.map((index) => texts[index] ?? ""),
        signal,
      );
      for (const [at, index] of short.entries()) vectors[index] = answer.vectors[at] as Float32Array;
    }
    for (const [index, text] of texts.entries()) {
      if ((bytes[index] ?? 0) <= safe) continue;
      const answer = await embed([text], signal);
      if (await isTruncated(text, answer, signal)) {
        throw new ModelError(
          `A text of ${text.length} characters is longer than embedder "${model}" takes.`,
          {
            model,
            problem: "too-long",
          },
        );
      }
      vectors[index] = answer.vectors[0] as Float32Array;
    }
    return vectors;
  };
}

/**
 * Vectors, and the server's token count for all of them, if it counts.
 */
interface CountedVectors {
  readonly vectors: readonly Float32Array[];
  readonly tokens?: number;
}

type Embed = (texts: readonly string[], signal: AbortSignal | undefined) => Promise<CountedVectors>;
type EmbedWhole = (texts: readonly string[], signal?: AbortSignal) => Promise<readonly Float32Array[]>;
