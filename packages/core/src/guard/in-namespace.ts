import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import type { OperationContext } from "./operation-context.ts";

/** How often a step follows its tenant to another namespace. */
const maxMoves = 5;

/**
 * Runs a step of an operation where its tenant is now. Where that namespace has gone meanwhile, only the step is repeated, in the one
 * that the tenant has been moved to: what came before it, such as the answer of a model, stays as it is.
 */
export async function inNamespace<T>(
  context: OperationContext,
  step: (current: OperationContext) => Promise<T>,
): Promise<T> {
  let current = await context.current();
  for (let moves = 1; ; moves++) {
    try {
      return await step(current);
    } catch (error) {
      if (!NamespaceNotFoundError.isInstance(error) || moves === maxMoves) throw error;
      current = await context.current(current.namespace);
    }
  }
}
