/** The milliseconds by which two starts differ at the most. */
const farthest = 4;

/**
 * Moves the starts of two closer to each other, until either may come first: there a race of microseconds happens, which starts that are
 * drawn would seldom hit.
 */
export class Aim {
  /** By how many milliseconds the second starts after the first; below 0, the first after the second. */
  #offset = 0;
  #step = 0.25;
  #wasFirst: boolean | undefined;

  /** How many milliseconds each of the two waits. */
  get delays(): readonly [number, number] {
    return [Math.max(0, -this.#offset), Math.max(0, this.#offset)];
  }

  /**
   * Whoever came first waits longer the next time: by more and more while it does, and by less when it no longer does.
   * @param won how often the first came first, of two times
   */
  learn(won: number): void {
    // Each came first once: so they meet, and go on to.
    if (won === 1) return;
    const isFirst = won > 1;
    this.#step =
      isFirst === this.#wasFirst ? Math.min(this.#step * 1.5, 0.5) : Math.max(this.#step / 2, 0.01);
    this.#wasFirst = isFirst;
    const moved = this.#offset + (isFirst ? -this.#step : this.#step);
    this.#offset = Math.min(farthest, Math.max(-farthest, moved));
  }
}
