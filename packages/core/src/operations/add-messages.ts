import { inNamespace } from "../guard/in-namespace.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { noLanguageModel } from "../input/no-language-model.ts";
import type { ParsedAdd } from "../input/parse-add.ts";
import type { AddResult } from "../records/add-result.ts";
import { type MemoryItem, toMemoryItem } from "../records/memory-item.ts";
import { add } from "./add.ts";
import { addInferred, extractPending as extract, findPending } from "./add-inferred.ts";
import { addKeyed } from "./add-keyed.ts";

/** Turns messages into facts where the organization's region has a language model, and stores them as they are elsewhere. */
export async function addMessages(
  context: OperationContext,
  { messages, options }: ParsedAdd,
): Promise<AddResult> {
  if (messages.length === 0) return { results: [] };
  const { inference } = context;
  const [first] = messages;
  if (options.key !== undefined && first) return addKeyed(context, options.key, first, options);
  const infers = options.infer ?? (inference !== undefined && options.supersedes === undefined);
  if (!infers) return add(context, messages, options);
  if (!inference) throw noLanguageModel("infer: true, in this organization's region,");
  if (options.background) return add(context, messages, { ...options, pending: true });
  return addInferred(context, inference, messages, options);
}

/** Turns the messages that wait for it into facts. @throws InvalidInputError where the region has no language model */
export async function extractPending(context: OperationContext): Promise<AddResult> {
  if (!context.inference) throw noLanguageModel("extractPending, in this organization's region,");
  return extract(context, context.inference);
}

/** The messages that wait, in the order in which they were said. */
export async function pending(context: OperationContext): Promise<readonly MemoryItem[]> {
  const found = await inNamespace(context, findPending);
  return found.map((memory) => toMemoryItem(memory, context.scope.tenant));
}

/** The answer where nothing waits. */
export const nothingExtracted: AddResult = {
  results: [],
  extraction: { calls: 0, inputTokens: 0, outputTokens: 0, rejected: [] },
};
