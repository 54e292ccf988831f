import { sleep } from "./sleep.ts";

/** How long work may hold the event loop, in milliseconds. */
const longest = 10;

/** Cuts long work into slices, between which the event loop goes on with other work. */
export class Slices {
  #since = performance.now();

  /** Whether this slice has lasted long enough. */
  get isOver(): boolean {
    return performance.now() - this.#since >= longest;
  }

  /** Begins another slice, after what else has waited. */
  async next(): Promise<void> {
    await sleep(0, undefined);
    this.#since = performance.now();
  }
}
