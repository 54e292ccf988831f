/** How long a transaction may hold the event loop, in milliseconds, after what was done in the same turn before it. */
const longest = 25;

/**
 * How many steps of a kind fit into a transaction. Most of what a step takes is only known when its transaction ends, since the keyword index
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
      isTurnOver: () => ++steps >= this.#steps || elapsed() >= longest,
      /** Called when the transaction is over. */
      end: () => {
        const fitting = Math.max(1, Math.floor((steps * longest) / elapsed()));
        if (elapsed() > longest) this.#steps = fitting;
        else if (steps >= this.#steps) this.#steps = Math.min(fitting, 2 * steps);
      },
    };
  }
}
