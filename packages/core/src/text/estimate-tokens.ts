const pieces =
  /[A-Za-z]+|\p{N}|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|[\p{L}\p{M}]|\s+|[\s\S]/gu;

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
  let rest = text;
  while (estimateTokens(rest) > maxTokens) {
    const end = endOfPiece(rest, maxTokens);
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return rest === "" ? parts : [...parts, rest];
}

function endOfPiece(text: string, maxTokens: number): number {
  let tokens = 0;
  let hard = 0;
  let word = 0;
  let sentence = 0;
  for (const match of text.matchAll(pieces)) {
    const [piece] = match;
    tokens += weigh(piece);
    if (tokens > maxTokens && hard > 0) break;
    hard = match.index + piece.length;
    if (/^\s/.test(piece)) word = hard;
    if (/^[.!?。！？\n]/.test(piece)) sentence = hard;
  }
  const late = hard / 2;
  return sentence > late ? sentence : word > late ? word : hard;
}
