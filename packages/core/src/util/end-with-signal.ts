/**
 * Waits for a call until its signal ends that. A call that obeys the signal has some milliseconds to say itself what became of it; one
 * that does not is left alone then.
 * @throws the signal's reason
 */
export async function endWithSignal<T>(
  signal: AbortSignal | undefined,
  call: Promise<T>,
  grace = 0,
): Promise<T> {
  if (!signal) return call;
  const { promise, reject } = Promise.withResolvers<never>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const abort = () => {
    timer = setTimeout(() => reject(signal.reason), grace);
  };
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([call, promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
