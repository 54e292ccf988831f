const pieces =
  /[A-Za-z]{1,16}|\p{N}|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|[\p{L}\p{M}]|\s+|[\s\S]/gu;

/**
 * Estimates the number of tokens of a text without a tokenizer. It errs high: by a third for English, up to four
 * times for scripts that newer tokenizers compress well. Measured against the tokenizers of GPT-4, GPT-4o and Llama
 * 3 in twelve languages. Use it to plan prompts; only the server knows whether one fits.
 * @example
 * ```ts
 * const fits = estimateTokens("a long text") <= 500;
 * ```
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const [piece] of text.matchAll(pieces)) tokens += weigh(piece);
  return Math.ceil(tokens);
}

function weigh(piece: string): number {
  if (/^[A-Za-z]/.test(piece)) return Math.ceil(piece.length / 4);
  // A single space belongs to the word after it.
  if (/^\s/.test(piece)) return piece === " " ? 0 : 1;
  if (piece < "\x80" || /^\p{N}/u.test(piece)) return 1;
  if (/^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(piece)) return 1.5;
  return /^[\p{L}\p{M}]/u.test(piece) ? 1.3 : 3;
}

/** Splits a text into parts of at most `maxTokens` estimated tokens, at the end of a sentence or word if possible. */
export function splitByTokens(text: string, maxTokens: number): readonly string[] {
  const parts: string[] = [];
  const all = Array.from(text.matchAll(pieces), ({ 0: piece, index }) => ({
    piece,
    end: index + piece.length,
  }));
  let start = 0;
  for (let first = 0; first < all.length; ) {
    const last = lastOfPart(all, first, start, maxTokens);
    const { end } = all[last] as Piece;
    parts.push(text.slice(start, end));
    start = end;
    first = last + 1;
  }
  return parts;
}

interface Piece {
  readonly piece: string;
  /** Where it ends in the text. */
  readonly end: number;
}

/** The last piece of the part that begins with a piece. Past its middle, a sentence's end comes before a word's. */
function lastOfPart(all: readonly Piece[], first: number, start: number, maxTokens: number): number {
  let tokens = 0;
  let word = -1;
  let sentence = -1;
  let last = first;
  for (; ; last++) {
    const next = all[last];
    if (!next) return last - 1;
    tokens += weigh(next.piece);
    if (tokens > maxTokens && last > first) break;
    if (/^\s/.test(next.piece)) word = last;
    if (/^[.!?。！？\n]/.test(next.piece)) sentence = last;
  }
  const hard = last - 1;
  const middle = start + ((all[hard] as Piece).end - start) / 2;
  const isLate = (one: number) => (all[one]?.end ?? 0) > middle;
  return isLate(sentence) ? sentence : isLate(word) ? word : hard;
}
