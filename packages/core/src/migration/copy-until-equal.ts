import { StoreError } from "../errors/store-error.ts";
import { type CopyPlan, copyNamespace } from "./copy-namespace.ts";

/** After a pass with at most this many changes, writes wait while the rest is copied. */
const fewChanges = 50;
const maxPasses = 6;

/**
 * Copies while writes continue, then pauses writes, copies the rest and compares.
 * @param fence pauses writes, and resolves once every process knows
 * @throws StoreError when the copy differs from the source
 */
export async function copyUntilEqual(plan: CopyPlan, fence: () => Promise<void>): Promise<EqualCopy> {
  let copied = 0;
  for (let passes = 0; passes < maxPasses; passes++) {
    const pass = await copyNamespace(plan);
    copied += pass.copied;
    if (pass.copied + pass.removed <= fewChanges) break;
  }
  const start = Date.now();
  await fence();
  // A last pass without changes reads everything back. Writes in flight at the fence may still change the old
  // namespace. The guard repeats them in the new one.
  let pass = await copyNamespace(plan);
  for (let passes = 1; passes < maxPasses && pass.copied + pass.removed > 0; passes++) {
    copied += pass.copied;
    pass = await copyNamespace(plan);
  }
  if (!pass.isEqual) {
    throw new StoreError(
      `The copy in the ${plan.to.namespace.store} store differs from the source: it has ${pass.arrived} of ${pass.memories} memories. Nothing was switched; repeat the call.`,
      { store: plan.to.namespace.store },
      { retryable: true },
    );
  }
  await plan.step(pass.memories);
  return { memories: pass.memories, copied, paused: Date.now() - start };
}

/** The result of copying until both namespaces are equal. */
export interface EqualCopy {
  /** Memories in each namespace. */
  readonly memories: number;
  /** Memories written, in all passes. */
  readonly copied: number;
  /** How long writes waited, in milliseconds. */
  readonly paused: number;
}
