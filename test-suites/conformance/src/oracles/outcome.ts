import { surfaceText } from "./canary.ts";

/** What a call comes to: its value, or the error that it ends with, as text that can be compared. */
export async function outcomeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    return `value ${surfaceText(await call())}`;
  } catch (error) {
    return `error ${surfaceText(error)}`;
  }
}
