import { LociError } from "../errors/loci-error.ts";
import { ModelError } from "../errors/model-error.ts";
import { answerWithin } from "../store/answer-within.ts";
import { messageOf, nameOf } from "../util/thrown.ts";

/** How long a model may think about one call, in milliseconds: a small machine reads a long prompt for minutes. */
const longest = 300_000;

/**
 * Calls a model, which has to answer within five minutes. The call ends with its signal, and with that time, whether the model obeys
 * its signal or not.
 * @throws ModelError when the time is over, and for whatever else a model of the application's own throws; the signal's reason
 */
export async function withinTime<T>(
  model: string,
  signal: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
  milliseconds: number = longest,
): Promise<T> {
  try {
    return await answerWithin(milliseconds, signal ?? new AbortController().signal, call);
  } catch (cause) {
    const isOver = nameOf(cause) === "TimeoutError";
    if (signal?.aborted || LociError.isInstance(cause)) throw cause;
    if (!isOver) {
      throw new ModelError(`"${model}" failed: ${messageOf(cause)}`, { model, problem: "failed" }, { cause });
    }
    throw new ModelError(
      `Model "${model}" has not answered within ${milliseconds / 1000} seconds. Is its server overloaded, or the model too large for it?`,
      { model, problem: "unreachable" },
      // It was waited for long enough.
      { cause, retryable: false },
    );
  }
}
