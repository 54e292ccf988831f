/**
 * Aborts a call while it runs. Says what is wrong with its end, undefined when nothing is: one that was still running when it was aborted
 * rejects with the signal's reason.
 * @param pause the milliseconds before the abort; 0 aborts at once, when a store may have done its work already
 */
export async function abortUnderWay(
  call: (signal: AbortSignal) => Promise<unknown>,
  pause: number,
): Promise<string | undefined> {
  const controller = new AbortController();
  const reason = new Error("enough");
  let seen = "";
  const ended = call(controller.signal).then(
    () => {
      seen = "answered";
    },
    (error: unknown) => {
      seen =
        error === reason || (error instanceof Error && error.message === reason.message)
          ? "stopped"
          : String(error);
    },
  );
  if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  const wasRunning = seen === "" && pause > 0;
  controller.abort(reason);
  await ended;
  const isRight = seen === "stopped" || (seen === "answered" && !wasRunning);
  return isRight ? undefined : `a call that was aborted while it ran has ended with: ${seen}`;
}
