import type { ScopeKey } from "../scope/scope-filter.ts";
import { digest, uuid } from "./digest.ts";

/**
 * One identifier for a record's id and placement together, a UUID, for backends that want a single one. Two users'
 * records of one id have two of these, so that writing one can never take over the other.
 */
export function recordKey(id: string, { user, agent, run }: ScopeKey): string {
  return uuid(digest("record", id, user, agent, run));
}
