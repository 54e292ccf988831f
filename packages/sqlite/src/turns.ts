import { setImmediate } from "node:timers/promises";

/** Keeps the event loop free: work that is done in one go yields to it after some milliseconds. */
export class Turns {
  #since = performance.now();

  /** Waits for the next turn of the event loop, where this one is over. */
  async next(): Promise<void> {
    if (performance.now() - this.#since < turn) return;
    await setImmediate();
    this.#since = performance.now();
  }
}

/** Whether a piece of work that begins now has taken its turn: asked after each of its steps. */
export function startTurn(): () => boolean {
  const start = performance.now();
  return () => performance.now() - start >= turn;
}

/** How long a turn is, in milliseconds. */
const turn = 10;
