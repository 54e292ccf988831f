import type { Embedder, Scope } from "@loci/core";
import { vectorOf } from "./fixtures.ts";

/** An id that no memory has. */
export const absentId = "00000000-0000-8000-8000-000000000000";

export function textsOfItems(items: readonly { readonly text: string }[]): readonly string[] {
  return items.map(({ text }) => text).sort();
}

/** Names a scope for a message. */
export function nameOfScope(scope: Scope): string {
  return [scope.orgId, scope.userId, scope.agentId, scope.runId].map((part) => part ?? "-").join("/");
}

/** The rule in the words of the design: every field set in S is set to the same value in T. */
export function covers(s: Scope, t: Scope): boolean {
  return (Object.keys(s) as (keyof Scope)[]).every((key) => s[key] === t[key]);
}

/** Embeds texts by their letters, for stores that find nothing without vectors. It knows no meaning. */
export const letterEmbedder: Embedder = {
  specVersion: 1,
  id: "letters",
  maxBatch: 100,
  describe: async () => ({ id: "letters", dimensions: vectorOf("").length }),
  embed: async (texts) => texts.map(vectorOf),
};
