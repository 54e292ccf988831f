import { messageOf, nameOf } from "../util/thrown.ts";

/**
 * Why the answer of a model server could not be read, by what its client threw: the connection broke or the body ended early, and the
 * same request may succeed later; or what answers is something else, such as a login page with status 200.
 * @example
 * ```ts
 * console.log(unreadableAnswer(new SyntaxError("Unexpected end of JSON input")).problem); // unreachable
 * ```
 */
export function unreadableAnswer(error: unknown): UnreadableAnswer {
  const cause = (error as { readonly cause?: unknown } | null | undefined)?.cause;
  const message = messageOf(error);
  const isSyntax = nameOf(error) === "SyntaxError";
  if (isSyntax && /Unexpected end|Unexpected EOF|Unterminated|\bExpected .* at position/.test(message))
    return { problem: "unreachable", why: "its answer was cut before its end" };
  if (isSyntax || (cause === undefined && !broken.test(message))) {
    if (/</.test(message))
      return { problem: "invalid-answer", why: "it answers with a page, such as one that asks for a login" };
    const isMissing = nameOf(error) === "TypeError";
    return { problem: "invalid-answer", why: isMissing ? "its answer lacks what it should have" : message };
  }
  const code = (cause as { readonly code?: unknown } | null | undefined)?.code;
  return { problem: "unreachable", why: typeof code === "string" ? code : messageOf(cause ?? error) };
}

/** How runtimes and clients say that a connection has ended. */
const broken =
  /terminated|fetch failed|socket|network|premature|aborted|connection|missing body|did not receive/i;

interface UnreadableAnswer {
  readonly problem: "unreachable" | "invalid-answer";
  /** In words, for the middle of a sentence. */
  readonly why: string;
}
