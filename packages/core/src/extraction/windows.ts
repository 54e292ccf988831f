import type { ParsedMessage } from "../input/messages.ts";
import { estimateTokens, splitByTokens } from "../text/estimate-tokens.ts";

/** A message, or a piece of one, with what the facts in it inherit. */
export interface TimedMessage extends ParsedMessage {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly expiresAt?: number;
}

/** What number, date, role and name of a message take beside its text and name. */
const overhead = 30;

/**
 * Parts a conversation into windows of at most so many tokens, as estimated. Nothing is left out: a message that is
 * longer than a window is parted too, where a sentence ends.
 */
export function splitIntoWindows<T extends TimedMessage>(
  messages: readonly T[],
  maxTokens: number,
): readonly (readonly T[])[] {
  const windows: T[][] = [];
  let left = 0;
  for (const message of messages) {
    const own = overhead + estimateTokens(message.name ?? "");
    for (const text of splitByTokens(message.text, Math.max(maxTokens - own, 1))) {
      const tokens = own + estimateTokens(text);
      if (tokens > left || windows.length === 0) {
        windows.push([]);
        left = maxTokens;
      }
      windows.at(-1)?.push({ ...message, text });
      left -= tokens;
    }
  }
  return windows;
}

/** Parts one window in two, for a model that could not do it at once; undefined for what cannot be parted. */
export function halveWindow<T extends TimedMessage>(
  window: readonly T[],
): readonly [readonly T[], readonly T[]] | undefined {
  if (window.length > 1) {
    const middle = Math.ceil(window.length / 2);
    return [window.slice(0, middle), window.slice(middle)];
  }
  const [message] = window;
  if (!message) return undefined;
  const [first = "", ...rest] = splitByTokens(message.text, Math.ceil(estimateTokens(message.text) / 2));
  const second = rest.join("");
  if (first.trim() === "" || second.trim() === "" || message.text.length < 200) return undefined;
  return [[{ ...message, text: first }], [{ ...message, text: second }]];
}
