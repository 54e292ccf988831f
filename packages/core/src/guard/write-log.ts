import type { ScopeKey } from "../scope/scope-filter.ts";

/** What an operation has written so far: its result, to be repeated where a migration has missed it. */
export class WriteLog {
  readonly #entries = new Map<string, WriteEntry>();

  /** Notes a write or a deletion. The last one of a memory counts. */
  note(entry: WriteEntry): void {
    const { id, scopeKey } = entry;
    this.#entries.set(JSON.stringify([id, scopeKey.user, scopeKey.agent, scopeKey.run]), entry);
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
}
