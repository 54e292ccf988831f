/** How long a case may go on without a word, in milliseconds. */
const patience = 30_000;

/**
 * Names the case that is running, again and again while it does not end: where a call hangs, nothing else would say so.
 * @param ids the cases in the order in which they run
 * @returns what to call when a case has ended
 */
export function slowCaseNotice(ids: readonly string[], say: (line: string) => void): () => void {
  let at = 0;
  let start = Date.now();
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - start) / 1000);
    say(
      `still running: ${ids[at]}, for ${seconds} s. Where a call never ends, --only ${ids[at]} runs it alone.`,
    );
  }, patience);
  // A run that waits for nothing any more still ends.
  timer.unref();
  return () => {
    at += 1;
    start = Date.now();
    timer.refresh();
    if (at === ids.length) clearInterval(timer);
  };
}
