/** How long a transaction may work, in milliseconds, after what was done in the same turn of the event loop before it. */
const longest = 25;

/**
 * How many steps of a kind fit into a transaction. Most of what a step takes is only known when its transaction ends, since the keyword
 * index is written then. So the number follows what earlier transactions took. What counts is work: a processor that others use, or a
 * disk that is slow for once, says nothing about the next transaction, and each one more costs the time of some ten steps.
 */
export class Pace {
  #steps = 64;

  /** Begins a transaction. */
  start(): { isTurnOver(): boolean; end(): void } {
    const start = performance.now();
    const worked = stopwatch();
    let steps = 0;
    return {
      /** Asked after each step. */
      isTurnOver: () =>
        ++steps >= this.#steps || (performance.now() - start >= longest && worked() >= longest),
      /** Called when the transaction is over. */
      end: () => {
        if (steps < this.#steps && performance.now() - start <= longest) return;
        const fitting = Math.max(1, Math.floor((steps * longest) / worked()));
        if (steps >= this.#steps) this.#steps = Math.min(fitting, 2 * steps);
        else if (fitting < steps) this.#steps = fitting;
      },
    };
  }
}

/** Measures the processor's time of this process, in milliseconds. */
function stopwatch(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
}
