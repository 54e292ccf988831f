import type { OperationContext } from "../guard/guard.ts";
import { exactScopeFilter, type ScopeKey } from "../scope/scope-filter.ts";
import {
  currentRevision,
  decode,
  isExpired,
  type MemoryPayload,
  type MemoryRecord,
} from "./memory-record.ts";

/** The memory of this id at exactly this placement, if it holds now. */
export async function findValid(
  access: OperationContext,
  scopeKey: ScopeKey,
  id: string,
): Promise<MemoryRecord | undefined> {
  const [record] = await access.namespace.get({
    ids: [id],
    scope: exactScopeFilter(scopeKey),
    vectors: true,
    ...access.signal,
  });
  const memory = record && decode(record);
  return memory && isValid(memory.payload) ? memory : undefined;
}

/** Whether a memory has neither been closed nor expired. */
export function isValid(payload: MemoryPayload): boolean {
  return payload.validTo === undefined && !isExpired(payload, Date.now());
}

/** The memory as one that held until `at`, replaced by another or by none; what it said stays in its history. */
export function close(memory: MemoryRecord, at: number, supersededBy?: string): MemoryRecord {
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
