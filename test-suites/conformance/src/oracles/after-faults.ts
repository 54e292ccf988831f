import { LociError } from "@loci/core";

/** How often a call is made that may pass, and the milliseconds between two of them. */
const most = 3;
const pause = 30;

/** Makes a call when a fault is over. As core does, it asks again where an error says that it may pass: a connection may be broken. */
export async function bestOf<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === most || !LociError.isInstance(error) || !error.retryable) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
