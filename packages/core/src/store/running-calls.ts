import { ClosedError } from "../errors/closed-error.ts";
import { sleep } from "../util/sleep.ts";

/** How long `close` waits for calls that are still running, in milliseconds. */
const closeTimeout = 10_000;

/** The calls of one store that are under way: none begins after its close, and each ends with its signal. */
export class RunningCalls {
  readonly #store: string;
  readonly #running = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(store: string) {
    this.#store = store;
  }

  /**
   * Runs a call. The task gets a signal of its own, that ends with the call.
   * @throws ClosedError after the close; the caller's reason when they abort, whatever the task makes of that
   */
  async run<T>(signal: AbortSignal | undefined, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#closed) {
      throw new ClosedError(
        `The ${this.#store} store was closed and takes no calls. Make another store, or close this one later.`,
      );
    }
    signal?.throwIfAborted();
    const controller = new AbortController();
    const abort = () => controller.abort(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const call = task(controller.signal);
    this.#running.add(call);
    try {
      const result = await call;
      signal?.throwIfAborted();
      return result;
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#running.delete(call);
    }
  }

  /** Lets no call begin any more, waits for those that run, and releases what the store has. Once, however often it is called. */
  close(release: () => Promise<void>): Promise<void> {
    this.#closed ??= (async () => {
      const ended = new AbortController();
      await Promise.race([
        Promise.allSettled(this.#running),
        sleep(closeTimeout, ended.signal).catch(() => undefined),
      ]);
      ended.abort();
      await release();
    })();
    return this.#closed;
  }
}
