import { LociError } from "@loci/core";

/** Repeats a call that may be repeated, as core does. */
export async function repeated<T>(
  call: () => Promise<T>,
): Promise<{ readonly answer: T; readonly attempts: number }> {
  for (let attempts = 1; ; attempts++) {
    try {
      return { answer: await call(), attempts };
    } catch (error) {
      if (attempts === 10 || !isRetryable(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25 * attempts));
    }
  }
}

/** Whether an error says that the same call may succeed when it is repeated. */
export function isRetryable(error: unknown): boolean {
  return LociError.isInstance(error) && error.retryable;
}
