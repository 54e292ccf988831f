/**
 * Makes one request of a backend, which has to answer within some milliseconds. The request gets a signal that is aborted when the
 * caller's is, or when the time is over; it is not waited for then, since not every client obeys a signal.
 * @throws the signal's reason when it aborts; a `TimeoutError` when the time is over, which is an `unavailable` failure
 */
export async function answerWithin<T>(
  milliseconds: number,
  signal: AbortSignal,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const either = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (reason: unknown) => {
    reject(reason);
    either.abort(reason);
  };
  const abort = () => end(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(
    () => end(new DOMException(`No answer in ${milliseconds} milliseconds.`, "TimeoutError")),
    milliseconds,
  );
  // A process that has nothing else to do does not stay for it.
  (timer as { readonly unref?: () => void }).unref?.();
  try {
    return await Promise.race([request(either.signal), promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
