import type { Access } from "../guard/guard.ts";
import { exactReach, type Placement } from "../scope/scope-filter.ts";
import { currentRevision, type Draft, decode, isExpired, type Payload } from "./memory-record.ts";

/** The memory of this id at exactly this placement, if it holds now. */
export async function findHolding(
  access: Access,
  placement: Placement,
  id: string,
): Promise<Draft | undefined> {
  const [record] = await access.namespace.get([id], exactReach(placement), {
    vectors: true,
    ...access.signal,
  });
  const draft = record && decode(record);
  return draft && holdsNow(draft.payload) ? draft : undefined;
}

/** Whether a memory has neither been closed nor expired. */
export function holdsNow(payload: Payload): boolean {
  return payload.validTo === undefined && !isExpired(payload, Date.now());
}

/** The memory as one that held until `at`, replaced by another or by none; what it said stays in its history. */
export function close(draft: Draft, at: number, supersededBy?: string): Draft {
  const { payload } = draft;
  const current = currentRevision(payload);
  const event = supersededBy === undefined ? "closed" : "superseded";
  return {
    ...draft,
    payload: {
      ...payload,
      validTo: Math.max(at, payload.validFrom),
      ...(supersededBy === undefined ? {} : { supersededBy }),
      revisions: [...payload.revisions, { ...current, event, at: Date.now() }],
    },
  };
}
