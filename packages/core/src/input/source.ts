import type { Role } from "./role.ts";

/**
 * Where a memory comes from, the most trusted first: the application itself, the user, the assistant, the answer of a tool, a
 * document. Facts have the source of what they were drawn from.
 * @example
 * ```ts
 * const source: Source = "document";
 * await alice.add("The invoice is due on Friday.", { source });
 * await alice.search("When is the invoice due?", { minimumTrust: "user" });
 * ```
 */
export type Source = "application" | "user" | "assistant" | "tool" | "document";

/** Every source, the most trusted first. */
export const sources: readonly [Source, ...Source[]] = [
  "application",
  "user",
  "assistant",
  "tool",
  "document",
];

const ofRole: Readonly<Record<Role, Source>> = {
  user: "user",
  assistant: "assistant",
  system: "application",
  tool: "tool",
};

/** Where a message or a memory comes from: what it says itself, or else its role. A text without a role is the user's. */
export function sourceOf({ source, role }: { readonly source?: Source; readonly role?: Role }): Source {
  return source ?? (role === undefined ? "user" : ofRole[role]);
}

/** Whether `source` is trusted less than `other`. */
export function isLessTrusted(source: Source, other: Source): boolean {
  return sources.indexOf(source) > sources.indexOf(other);
}

/** The least trusted of several. */
export function leastTrusted(several: readonly Source[]): Source {
  return several.reduce((least, one) => (isLessTrusted(one, least) ? one : least), "application");
}

/** Whether a text was written by somebody whom the application does not know. It may hold instructions to a model. */
export function isForeign(source: Source): boolean {
  return isLessTrusted(source, "assistant");
}
