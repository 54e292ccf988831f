/** The items with the highest scores of many; of equal ones, those that came first. It never sorts more than a few at once. */
export class Highest<T> {
  readonly #limit: number;
  #kept: Scored<T>[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(item: T, score: number): void {
    this.#kept.push({ item, score });
    if (this.#kept.length >= 2 * this.#limit + 100) this.#kept = this.items.slice();
  }

  /** The highest first. */
  get items(): readonly Scored<T>[] {
    return this.#kept.sort((a, b) => b.score - a.score).slice(0, this.#limit);
  }
}

interface Scored<T> {
  readonly item: T;
  readonly score: number;
}
