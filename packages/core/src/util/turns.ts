import { sleep } from "./sleep.ts";

/**
 * Lets the tasks of one key run one after another where that is cheap. It orders, and protects nothing: a task waits for its
 * turn until its signal ends or `maxWait` milliseconds are over, and then begins beside the one before it.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async take<T>(key: string, { signal, maxWait }: Wait, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    let end = () => {};
    const own = new Promise<void>((resolve) => {
      end = resolve;
    });
    // Who follows waits for all that came before, also where this task no longer does.
    const ended = Promise.all([before, own]);
    this.#last.set(key, ended);
    try {
      if (before) await settledWithin(before, maxWait, signal);
      return await task();
    } finally {
      end();
      void ended.then(() => {
        if (this.#last.get(key) === ended) this.#last.delete(key);
      });
    }
  }
}

interface Wait {
  readonly signal?: AbortSignal;
  /** In milliseconds. */
  readonly maxWait: number;
}

/** Resolves when a promise has settled, at the latest after some milliseconds. @throws the signal's reason */
export async function settledWithin(
  promise: Promise<unknown>,
  milliseconds: number,
  signal?: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const until = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
  const isOver = sleep(milliseconds, until).catch(() => undefined);
  await Promise.race([promise.catch(() => undefined), isOver]);
  ended.abort();
  signal?.throwIfAborted();
}
