import { ModelError } from "../errors/model-error.ts";
import { StoreError } from "../errors/store-error.ts";
import { nameOf } from "../util/thrown.ts";
import { type CopyPlan, copyNamespace } from "./copy-namespace.ts";

/** After a pass with at most this many changes, writes wait while the rest is copied. */
const fewChanges = 50;
const maxPasses = 6;
/** How often writes wait, where an embedder has taken too long for the rest before. */
const maxFences = 4;

/**
 * Copies while writes continue, then pauses writes, copies the rest and compares. Writes do not wait for an embedder that hangs: they go
 * on, and what it was asked for is copied beside them.
 * @throws StoreError when the copy differs from the source; ModelError
 */
export async function copyUntilEqual(plan: CopyPlan, fence: Fence): Promise<EqualCopy> {
  let copied = 0;
  for (let fences = 1; ; fences++) {
    copied += await copyBesideWrites(plan);
    const start = Date.now();
    await fence.close();
    try {
      const rest = await copyRest({ ...plan, maxEmbedding: fence.maxEmbedding });
      return { ...rest, copied: copied + rest.copied, paused: Date.now() - start };
    } catch (error) {
      if (!isTooSlow(error) || fences === maxFences) throw error;
      await fence.open();
    }
  }
}

/** Lets writes wait, until it is opened again or the migration ends. */
export interface Fence {
  /** Resolves once every process knows. */
  readonly close: () => Promise<void>;
  readonly open: () => Promise<void>;
  /** How long an embedder may take meanwhile, in milliseconds. */
  readonly maxEmbedding: number;
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

/** Whether a model has not answered in time. */
function isTooSlow(error: unknown): boolean {
  return ModelError.isInstance(error) && nameOf(error.cause) === "TimeoutError";
}

/** Copies until few changes are left. @returns how many memories were written */
async function copyBesideWrites(plan: CopyPlan): Promise<number> {
  let copied = 0;
  for (let passes = 0; passes < maxPasses; passes++) {
    const pass = await copyNamespace(plan);
    copied += pass.copied;
    if (pass.copied + pass.removed <= fewChanges) break;
  }
  return copied;
}

/** Copies what is left while writes wait, and compares. @throws StoreError when the copy differs from the source */
async function copyRest(plan: CopyPlan): Promise<Pick<EqualCopy, "memories" | "copied">> {
  let copied = 0;
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
  return { memories: pass.memories, copied };
}
