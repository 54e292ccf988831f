/** How long a case may take, so that a slow store is looked at less and not for hours. What it had no time for, the report names. */
export class Budget {
  readonly #end: number;

  /** @param milliseconds from now on */
  constructor(milliseconds: number) {
    this.#end = performance.now() + milliseconds;
  }

  /** Whether there is time left for something that takes about as long as is said. */
  allows(milliseconds = 0): boolean {
    return performance.now() + milliseconds <= this.#end;
  }
}
