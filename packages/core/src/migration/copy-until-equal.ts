import { StoreError } from "../errors/store-error.ts";
import { type CopyPlan, copyNamespace } from "./copy-namespace.ts";

/** With so few changes in a pass, the rest is done while writes wait. */
const fewChanges = 50;
const mostPasses = 6;

/** What it took until both were equal. */
export interface EqualCopy {
  /** Memories of both. */
  readonly memories: number;
  /** Memories that were written, in all passes. */
  readonly copied: number;
  /** For how long writes have been waiting, in milliseconds. */
  readonly paused: number;
}

/**
 * Copies while everything goes on, then has writes wait, copies the rest and compares.
 * @param fence has writes wait, and resolves once every process knows
 * @throws StoreError when what arrived is not what was copied
 */
export async function copyUntilEqual(plan: CopyPlan, fence: () => Promise<void>): Promise<EqualCopy> {
  let copied = 0;
  for (let passes = 0; passes < mostPasses; passes++) {
    const pass = await copyNamespace(plan);
    copied += pass.copied;
    if (pass.copied + pass.removed <= fewChanges) break;
  }
  const start = Date.now();
  await fence();
  // What a pass wrote is read back by one that finds nothing to write. Writes that were on their way when the others
  // began to wait may still come to the old namespace: they are made again at the new one.
  let pass = await copyNamespace(plan);
  for (let passes = 1; passes < mostPasses && pass.copied + pass.removed > 0; passes++) {
    copied += pass.copied;
    pass = await copyNamespace(plan);
  }
  if (!pass.isEqual) {
    throw new StoreError(
      `The copy in the ${plan.to.namespace.store} store is not what was copied: ${pass.memories} memories against ${pass.arrived}. Nothing was switched; call the same again.`,
      { store: plan.to.namespace.store },
      { retryable: true },
    );
  }
  await plan.step(pass.memories);
  return { memories: pass.memories, copied, paused: Date.now() - start };
}
