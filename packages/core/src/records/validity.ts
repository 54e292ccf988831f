import type { OperationContext } from "../guard/guard.ts";
import { exactScopeFilter, type ScopeKey } from "../scope/scope-filter.ts";
import {
  currentRevision,
  isExpired,
  type MemoryPayload,
  type MemoryRecord,
  toMemoryRecord,
} from "./memory-record.ts";

/** The memory of this id at exactly this placement, if it holds now. */
export async function findValid(
  context: OperationContext,
  scopeKey: ScopeKey,
  id: string,
): Promise<MemoryRecord | undefined> {
  const [record] = await context.namespace.get([id], exactScopeFilter(scopeKey), {
    vectors: true,
    ...context.signal,
  });
  const memory = record && toMemoryRecord(record);
  return memory && isValid(memory.payload) ? memory : undefined;
}

/** Whether a memory has neither been closed nor expired. */
export function isValid(payload: MemoryPayload): boolean {
  return payload.validTo === undefined && !isExpired(payload, Date.now());
}

/** The memory as one that held until `at`, replaced by another or by none; what it said stays in its history. */
export function endValidity(memory: MemoryRecord, at: number, supersededBy?: string): MemoryRecord {
  const { payload } = memory;
  const current = currentRevision(payload);
  const event = supersededBy === undefined ? "closed" : "superseded";
  return {
    ...memory,
    payload: {
      ...payload,
      validTo: Math.max(at, payload.validFrom),
      ...(supersededBy === undefined ? {} : { supersededBy }),
      revisions: [...payload.revisions, { ...current, event, at: Date.now() }],
    },
  };
}
