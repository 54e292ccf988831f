import type { BackendFault, BackendFaults, EndFault } from "../backend-fault.ts";

/** What a proxy declares of a fault. */
export interface ProxyFault extends Omit<BackendFault, "begin"> {
  /** Whether it meets one request only. Default: all that follow. */
  readonly once?: boolean;
}

/** The fault that a proxy has at the moment, which meets requests from a certain one on. */
export class CurrentFault<Name extends string> {
  readonly #table: Readonly<Record<Name, ProxyFault>>;
  #name: Name | undefined;
  #passing = 0;
  #met = 0;

  constructor(table: Readonly<Record<Name, ProxyFault>>) {
    this.#table = table;
  }

  /** The fault that lasts, once it has met a request. */
  get lasting(): Name | undefined {
    return this.#met > 0 ? this.#name : undefined;
  }

  /** The fault that the next request meets. */
  next(): Name | undefined {
    if (this.#name === undefined) return undefined;
    if (this.#passing > 0) {
      this.#passing -= 1;
      return undefined;
    }
    if (this.#met > 0 && this.#table[this.#name].once) return undefined;
    this.#met += 1;
    return this.#name;
  }

  begin(name: Name, after: number): void {
    [this.#name, this.#passing, this.#met] = [name, after, 0];
  }

  /** @returns whether a request has met the fault */
  end(): boolean {
    this.#name = undefined;
    return this.#met > 0;
  }

  /** The faults as a harness offers them. @param onEnd lets go of what a fault still holds */
  faults(onEnd: () => void): BackendFaults<Name> {
    const begin =
      (name: Name) =>
      async (after: number): Promise<EndFault> => {
        this.begin(name, after);
        return async () => {
          const met = this.end();
          onEnd();
          return met;
        };
      };
    const entries = Object.entries<ProxyFault>(this.#table).map(([name, { once: _, ...fault }]) => [
      name,
      { ...fault, begin: begin(name as Name) },
    ]);
    return Object.fromEntries(entries) as BackendFaults<Name>;
  }
}
