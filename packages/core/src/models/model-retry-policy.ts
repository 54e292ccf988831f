import { ModelError } from "../errors/model-error.ts";
import type { RetryPolicy } from "../util/retry.ts";

/** A server that wants a longer pause than this is not waited for. */
const longestPause = 30_000;

/** Model servers restart, load a model, or count requests by the minute: they get more time than a store. */
export const modelRetryPolicy: RetryPolicy = {
  delays: [300, 1200, 4000],
  isTransient: (error) =>
    ModelError.isInstance(error) && error.retryable && (error.retryAfter ?? 0) <= longestPause,
  retryAfter: (error) => (ModelError.isInstance(error) ? error.retryAfter : undefined),
};
