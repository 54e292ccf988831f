import { Observers, runWithin, tellEnd } from "./observers.ts";
import { codeOf } from "./thrown.ts";

/**
 * One call of what the application has given to the memory: a store, an embedder, a language model, a reranker. It never holds a
 * text.
 */
export interface Step {
  readonly kind: "store" | "embed" | "generate" | "rerank";
  /** The id of the model, or the name of the store. */
  readonly part: string;
  /** What is called, such as "search" of a store. */
  readonly method: string;
  /** How many texts or records are given to it. */
  readonly count?: number;
}

/** How a step has ended. */
export interface StepEnd {
  /** Why it failed: the error's code, or its class where it is none of Loci's. */
  readonly code?: string;
  /** Tokens of a language model, where it says them. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
}

/** Runs steps, and tells those who look at them. */
export class Steps extends Observers<Step, StepEnd> {
  /** Runs one step. @param endOf what its result says of its end */
  async run<T>(step: Step, task: () => Promise<T>, endOf: (result: T) => StepEnd = () => ({})): Promise<T> {
    if (this.isEmpty) return task();
    const followers = this.begin(step);
    try {
      const result = await runWithin(followers, task);
      tellEnd(followers, endOf(result));
      return result;
    } catch (error) {
      tellEnd(followers, { code: codeOf(error) });
      throw error;
    }
  }
}
