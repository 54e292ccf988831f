const interval = 60_000;
const maxNamespaces = 10_000;

/** Schedules the sweeps of expired memories: at most one a minute for each namespace. */
export class ExpirySchedule {
  readonly #last = new Map<string, number>();

  isDue(namespace: string): boolean {
    return Date.now() - (this.#last.get(namespace) ?? 0) >= interval;
  }

  /** Notes that a namespace was swept. With `hasMore`, the next write sweeps it again. */
  note(namespace: string, hasMore: boolean): void {
    if (this.#last.size > maxNamespaces) this.#last.clear();
    if (hasMore) this.#last.delete(namespace);
    else this.#last.set(namespace, Date.now());
  }
}
