import { callHarmlessly } from "./call-harmlessly.ts";

/** Follows one operation or one step of it while it runs. What it throws is written on the console, and harms nobody. */
export interface Follower<End> {
  /** Calls the task, at once, inside something of its own: the active span of a trace. Answers with what the task answers. */
  readonly within?: <T>(task: () => Promise<T>) => Promise<T>;
  /** Called when it has ended. */
  readonly ended: (end: End) => void;
}

/** Who looks at what begins. Nothing is made of what nobody looks at. */
export class Observers<Start, End> {
  readonly #begin = new Set<(start: Start) => Follower<End> | undefined>();

  /** @returns a function that ends the observation */
  add(begin: (start: Start) => Follower<End> | undefined): () => void {
    // One that is added twice is called twice, and each ends by itself.
    const own = (start: Start) => begin(start);
    this.#begin.add(own);
    return () => void this.#begin.delete(own);
  }

  get isEmpty(): boolean {
    return this.#begin.size === 0;
  }

  /** The followers of what begins. */
  begin(start: Start): readonly Follower<End>[] {
    return [...this.#begin].flatMap((begin) => {
      try {
        return begin(start) ?? [];
      } catch (error) {
        tell(error);
        return [];
      }
    });
  }
}

/** Runs a task within its followers. */
export function runWithin<T>(followers: readonly Follower<never>[], task: () => Promise<T>): Promise<T> {
  return followers.reduceRight((run, { within }) => (within ? () => inside(within, run) : run), task)();
}

/** What a follower makes of the task changes nothing: it runs once, and its own answer is given. */
function inside<T>(within: <R>(task: () => Promise<R>) => Promise<R>, task: () => Promise<T>): Promise<T> {
  let running: Promise<T> | undefined;
  const once = () => {
    running ??= task();
    return running;
  };
  try {
    Promise.resolve(within(once)).catch(() => undefined);
  } catch (error) {
    tell(error);
  }
  return once();
}

/** Tells followers that it has ended. */
export function tellEnd<End>(followers: readonly Follower<End>[], end: End): void {
  for (const { ended } of followers) callHarmlessly(() => ended(end), tell);
}

function tell(error: unknown): void {
  console.error("[loci] An observer of the memory failed:", error);
}
