import { ModelError } from "../errors/model-error.ts";
import type { RetryPolicy } from "../util/retry.ts";
import type { Timings } from "../util/timings.ts";

/** A server that wants a longer pause than this is not waited for. */
const longestPause = 30_000;

/** When a call of a model is made again. */
export function modelRetryPolicy({ modelRetryDelays }: Timings): RetryPolicy {
  return {
    delays: modelRetryDelays,
    isTransient: (error) =>
      ModelError.isInstance(error) && error.retryable && (error.retryAfter ?? 0) <= longestPause,
    retryAfter: (error) => (ModelError.isInstance(error) ? error.retryAfter : undefined),
  };
}
