import type { VectorStore } from "@loci/core";
import type { Namespace, NamespaceKey } from "@loci/core/store";
import type { CallMode } from "./read-modes.ts";

const opens = { first: 1, third: 3, hundredth: 100 } as const;

/** The handles on a namespace that was opened again and again, each opened when it is asked for. */
export class Handles {
  readonly #store: VectorStore;
  readonly #key: NamespaceKey;
  readonly #second: () => Promise<VectorStore>;
  readonly #opened: Promise<Namespace>[];
  #other: Promise<Namespace> | undefined;

  /** @param first the handle with which the namespace was made */
  constructor(store: VectorStore, key: NamespaceKey, first: Namespace, second: () => Promise<VectorStore>) {
    this.#store = store;
    this.#key = key;
    this.#second = second;
    this.#opened = [Promise.resolve(first)];
  }

  at(handle: CallMode["handle"]): Promise<Namespace> {
    const key = this.#key;
    if (handle === "another process's") {
      this.#other ??= this.#second().then((store) => store.open({ key }));
      return this.#other;
    }
    while (this.#opened.length < opens[handle]) {
      const last = this.#opened.at(-1) as Promise<Namespace>;
      this.#opened.push(last.then(() => this.#store.open({ key })));
    }
    return this.#opened[opens[handle] - 1] as Promise<Namespace>;
  }
}
