import { sleep } from "./sleep.ts";

/** Repeats a call while its error is transient. An abort also ends a delay. */
export async function retry<T>(
  { delays, maxAttemptMs = Number.POSITIVE_INFINITY, isTransient, retryAfter }: RetryPolicy,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  for (const delay of delays) {
    const start = Date.now();
    try {
      return await call();
    } catch (error) {
      if (!isTransient(error) || signal?.aborted || Date.now() - start > maxAttemptMs) throw error;
      await sleep(Math.max(delay * (0.5 + Math.random()), retryAfter?.(error) ?? 0), signal);
    }
  }
  return call();
}

/** When and how often a failed call is repeated. */
export interface RetryPolicy {
  /** Milliseconds before each retry. There is one retry for each delay. Jitter varies a delay by up to half. */
  readonly delays: readonly number[];
  /** A call that took longer than this many milliseconds is not retried. Default: no limit. */
  readonly maxAttemptMs?: number;
  /** Whether a retry may succeed after this error. */
  isTransient(error: unknown): boolean;
  /** The delay in milliseconds that the error itself specifies, if any. */
  retryAfter?(error: unknown): number | undefined;
}
