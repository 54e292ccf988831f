import { sleep } from "./sleep.ts";

/** How long, and for what, a call is tried again. */
export interface RetryPolicy {
  /** Milliseconds before each further try; as many tries as there are pauses. Each is varied by half. */
  readonly delays: readonly number[];
  /** A call that took longer than this many milliseconds is not tried again. Default: any may be. */
  readonly maxAttemptMs?: number;
  /** Whether the failure is one that passes. */
  isTransient(error: unknown): boolean;
  /** How many milliseconds the failure itself asks to wait, where it does. */
  retryAfter?(error: unknown): number | undefined;
}

/** Tries a call again while its failure is one that passes. An abort ends the pause too. */
export async function retry<T>(
  { delays, maxAttemptMs = Number.POSITIVE_INFINITY, isTransient, retryAfter }: RetryPolicy,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  for (const pause of delays) {
    const start = Date.now();
    try {
      return await call();
    } catch (error) {
      if (!isTransient(error) || signal?.aborted || Date.now() - start > maxAttemptMs) throw error;
      await sleep(Math.max(pause * (0.5 + Math.random()), retryAfter?.(error) ?? 0), signal);
    }
  }
  return call();
}
