/**
 * Orders the writes of this process by key. An exclusive task runs alone, shared tasks run concurrently, and no task
 * overtakes another. A read-modify-write under the lock therefore loses no update.
 */
export class KeyedLock {
  readonly #held = new Map<string, Held>();

  async shared<T>(key: string, task: () => Promise<T>): Promise<T> {
    return this.#run(key, (held) => {
      const current = held.exclusive.then(task);
      held.shared = Promise.allSettled([held.shared, current]);
      return current;
    });
  }

  async exclusive<T>(key: string, task: () => Promise<T>): Promise<T> {
    return this.#run(key, (held) => {
      const current = Promise.all([held.exclusive, held.shared]).then(task);
      held.exclusive = current.catch(() => undefined);
      held.shared = Promise.resolve();
      return current;
    });
  }

  async #run<T>(key: string, enter: (held: Held) => Promise<T>): Promise<T> {
    const held = this.#held.get(key) ?? { exclusive: Promise.resolve(), shared: Promise.resolve(), users: 0 };
    this.#held.set(key, held);
    held.users += 1;
    try {
      return await enter(held);
    } finally {
      held.users -= 1;
      if (held.users === 0) this.#held.delete(key);
    }
  }
}

interface Held {
  /** Settles when the last exclusive task has ended. */
  exclusive: Promise<unknown>;
  /** Settles when all shared tasks since then have ended. */
  shared: Promise<unknown>;
  /** Number of running and waiting tasks. */
  users: number;
}
