/** How long work may hold the event loop, in milliseconds. */
const longest = 10;

/** When work began in this turn of the event loop; undefined while nothing has. */
let began: number | undefined;

/**
 * Whether the work of this turn of the event loop has lasted long enough, whoever did it: what is cut into slices asks after each step.
 * Work that ends before says nothing, and waits for nothing.
 */
export function isTurnOver(): boolean {
  const now = performance.now();
  // A fake clock may have been set back.
  if (began === undefined || now < began) {
    began = now;
    soon(() => {
      began = undefined;
    });
  }
  return now - began >= longest;
}

/** Lets what else has waited go first, where the work of this turn of the event loop has lasted for 10 ms; otherwise it resolves at once. */
export async function giveWay(): Promise<void> {
  if (isTurnOver()) await nextTurn();
}

/** Goes on in the next turn of the event loop, after what else has waited. */
export async function nextTurn(): Promise<void> {
  began = undefined;
  await new Promise<void>(soon);
}

/** Runs a task in the next turn. Timers, which other runtimes have instead, wait for longer. Asked each time, since tests replace both. */
function soon(task: () => void): void {
  const { setImmediate } = globalThis as { readonly setImmediate?: (task: () => void) => unknown };
  if (setImmediate) setImmediate(task);
  else setTimeout(task, 0);
}

/** Does work step by step, in as many turns of the event loop as it takes. @returns what the last step answers */
export async function inTurns<T>(steps: Iterator<unknown, T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (isTurnOver()) await nextTurn();
  }
}
