import { LociError } from "@loci/core";
import { abortUnderWay } from "./abort-under-way.ts";
import type { CallMode } from "./read-modes.ts";
import type { Problem } from "./reference.ts";

/**
 * Makes a call as its mode says: with a signal or without, and after or beside another one that is aborted while it runs. An error
 * is a problem as well.
 * @param other the call that is aborted
 * @param pause the milliseconds until it is
 */
export async function callWith(
  { signal }: CallMode,
  call: (signal: AbortSignal | undefined) => Promise<Problem | undefined>,
  other: (signal: AbortSignal) => Promise<unknown>,
  pause: number,
): Promise<Problem | undefined> {
  const abort = async (): Promise<Problem | undefined> => {
    const says = await abortUnderWay(other, pause);
    return says === undefined ? undefined : { says, foreign: false };
  };
  const run = async (): Promise<Problem | undefined> => {
    try {
      return await call(signal === "given" ? new AbortController().signal : undefined);
    } catch (error) {
      return { says: `ended with ${error instanceof Error ? error.message : String(error)}`, foreign: false };
    }
  };
  if (signal === "after an abort") return (await abort()) ?? run();
  if (signal !== "beside an abort") return run();
  const [aborted, own] = await Promise.all([abort(), run()]);
  return own ?? aborted;
}

/** Makes a call that changes nothing, and again where its error may pass, as core does: many calls at once cost some a connection. */
export async function persist<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === 3 || !LociError.isInstance(error) || !error.retryable) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50 * attempt));
    }
  }
}
