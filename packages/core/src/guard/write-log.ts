import type { ScopeKey } from "../scope/scope-filter.ts";

/**
 * What an operation has written that a migration may have missed, to be written again. A migration waits until nobody relies on where
 * the tenant was: it has found what was written until then.
 */
export class WriteLog {
  readonly #entries = new Map<string, WriteEntry>();
  readonly #isHeld: () => boolean;

  /** @param isHeld whether the operation may still rely on where its tenant is */
  constructor(isHeld: () => boolean) {
    this.#isHeld = isHeld;
  }

  /** Notes a write or a deletion when it was acknowledged. The last one of a memory counts. */
  note(entry: WriteEntry): void {
    const { id, scopeKey } = entry;
    if (this.#isHeld()) return;
    const name = JSON.stringify([id, scopeKey.user, scopeKey.agent, scopeKey.run]);
    // What the operation has made is its own, however often it has changed that since.
    const isChange = entry.isChange && (this.#entries.get(name)?.isChange ?? true);
    this.#entries.set(name, { ...entry, isChange });
  }

  /** The last entry of each memory, in the order of their first. */
  get entries(): readonly WriteEntry[] {
    return [...this.#entries.values()];
  }
}

/** A memory as it was left. */
export interface WriteEntry {
  readonly id: string;
  readonly scopeKey: ScopeKey;
  /** Undefined where it was deleted. */
  readonly payload: string | undefined;
  /** Whether it was there before the operation: where it is gone, it was deleted meanwhile. */
  readonly isChange: boolean;
}
