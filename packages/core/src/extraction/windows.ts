import type { ParsedMessage } from "../input/messages.ts";
import { isForeign, sourceOf } from "../input/source.ts";
import { estimateTokens, splitByTokens } from "../text/estimate-tokens.ts";

/** Tokens of a message's number, date and role. */
const overhead = 30;

/**
 * Splits a conversation into windows of at most `maxTokens` estimated tokens. Leaves nothing out: a message longer
 * than a window is split too, at the end of a sentence. What tools and documents say is never in one window with what people say,
 * so that no instruction in it becomes a fact of theirs.
 */
export function splitIntoWindows<T extends TimedMessage>(
  messages: readonly T[],
  maxTokens: number,
): readonly (readonly T[])[] {
  const windows: T[][] = [];
  let left = 0;
  let wasForeign = false;
  for (const message of messages) {
    const isOther = isForeign(sourceOf(message));
    if (isOther !== wasForeign) left = 0;
    wasForeign = isOther;
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

/** Whether a window holds what tools and documents say: then every fact of it comes from the least trusted of them. */
export function isForeignWindow(window: readonly TimedMessage[]): boolean {
  return window.some((message) => isForeign(sourceOf(message)));
}

/** Splits one window in two, for a model that failed on the whole; undefined for a window that cannot be split. */
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

/** A message or a part of one, with what its facts inherit. */
export interface TimedMessage extends ParsedMessage {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly expiresAt?: number;
  /** The pending memory that it is, with its whole text; absent for a message that is not stored. */
  readonly stored?: { readonly id: string; readonly text: string };
}
