import { ModelError } from "../errors/model-error.ts";
import type { RetryPolicy } from "../util/retry.ts";
import type { Timings } from "../util/timings.ts";

/** The longest delay, in milliseconds, that is awaited at a server's request. */
const maxRetryAfter = 30_000;

/**
 * Retries calls of models. Their servers restart, load models and limit requests by the minute, so they get more
 * time than stores.
 */
export function modelRetryPolicy({ modelRetryDelays }: Timings): RetryPolicy {
  return {
    delays: modelRetryDelays,
    isTransient: (error) =>
      ModelError.isInstance(error) && error.retryable && (error.retryAfter ?? 0) <= maxRetryAfter,
    retryAfter: (error) => (ModelError.isInstance(error) ? error.retryAfter : undefined),
  };
}
