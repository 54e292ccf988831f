import { setImmediate } from "node:timers/promises";

/** How long the event loop may be held, in milliseconds. */
const turn = 15;

/** Keeps the event loop free: work that is done in one go yields to it after some milliseconds. */
export class Turns {
  #since = performance.now();

  /** Waits for the next turn of the event loop, where this one is over. */
  async next(): Promise<void> {
    if (performance.now() - this.#since < turn / 2) return;
    await setImmediate();
    this.#since = performance.now();
  }
}

/**
 * How many steps of a kind fit into a turn. Most of what a step takes is only known when its transaction ends, since the keyword index
 * is written then. So the number follows what earlier transactions took.
 */
export class Pace {
  #steps = 32;

  /** Begins a transaction. */
  start(): { isTurnOver(): boolean; end(): void } {
    const start = performance.now();
    const elapsed = () => performance.now() - start;
    let steps = 0;
    return {
      /** Asked after each step. */
      isTurnOver: () => ++steps >= this.#steps || elapsed() >= turn,
      /** Called when the transaction is over. */
      end: () => {
        if (elapsed() > turn) this.#steps = Math.max(1, Math.floor((steps * turn) / elapsed()));
        else if (steps >= this.#steps) this.#steps *= 2;
      },
    };
  }
}
