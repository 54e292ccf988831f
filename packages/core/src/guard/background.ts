import { ClosedError } from "../errors/closed-error.ts";
import type { Scope } from "../scope/scope.ts";
import { callHarmlessly } from "../util/call-harmlessly.ts";

/** Told of work that nobody waits for and that has failed, and of whose it was. */
export type BackgroundErrorHandler = (error: unknown, scope: Readonly<Partial<Scope>>) => void;

/** Runs work that nobody waits for, for each key one after another. What is asked for while it waits is done once. */
export class Background {
  readonly #report: BackgroundErrorHandler;
  /** By key: whether it has to run again when it is over. */
  readonly #running = new Map<string, { again: boolean }>();

  constructor(report: BackgroundErrorHandler = toConsole) {
    this.#report = report;
  }

  /** Runs `task` soon, after a run of the same key. What fails is reported; what a closed memory refuses is left for later. */
  schedule(key: string, scope: Readonly<Partial<Scope>>, task: () => Promise<unknown>): void {
    const running = this.#running.get(key);
    if (running) running.again = true;
    else void this.#run(key, scope, task);
  }

  async #run(key: string, scope: Readonly<Partial<Scope>>, task: () => Promise<unknown>): Promise<void> {
    const own = { again: true };
    this.#running.set(key, own);
    try {
      while (own.again) {
        own.again = false;
        await task();
      }
    } catch (error) {
      if (!ClosedError.isInstance(error)) callHarmlessly(() => this.#report(error, scope), tellOfHandler);
    } finally {
      this.#running.delete(key);
    }
  }
}

/** An error of the extraction holds the messages: only its code is written to a log. */
function toConsole(error: unknown): void {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  console.error(
    `[loci] Facts could not be extracted in the background (${String(code ?? name)}): the messages stay pending. Give new Memory({ onBackgroundError }) a function to see why.`,
  );
}

function tellOfHandler(error: unknown): void {
  console.error("[loci] onBackgroundError failed:", error);
}
