interface Held {
  /** Settles when the last exclusive task is over. */
  exclusive: Promise<unknown>;
  /** Settles when every shared task that began since then is over. */
  shared: Promise<unknown>;
  /** Tasks that run or wait. */
  users: number;
}

/**
 * Orders the writes of this process by key: an exclusive task runs alone, shared ones run side by side, and
 * nobody overtakes. So what was read to be changed is still there when it is written back.
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
