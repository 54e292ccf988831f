import { type Filter, noExpiry } from "../filter/filter.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { ParsedQuery } from "../input/query-options.ts";
import { isLessTrusted, type Source, sources } from "../input/source.ts";
import { exactScopeFilter, type ScopeKey } from "../scope/scope-filter.ts";
import {
  currentRevision,
  isExpired,
  type MemoryPayload,
  type MemoryRecord,
  sourceField,
  toMemoryRecord,
} from "./memory-record.ts";
import { withRevision } from "./with-revision.ts";

/** The memory with this id at exactly this scope key. */
export async function findExact(
  context: OperationContext,
  scopeKey: ScopeKey,
  id: string,
): Promise<MemoryRecord | undefined> {
  const [record] = await context.namespace.get({
    ids: [id],
    scope: exactScopeFilter(scopeKey),
    vectors: true,
    ...context.signal,
  });
  return record && toMemoryRecord(record);
}

/** Whether a memory is neither closed, superseded nor expired. */
export function isValid(payload: MemoryPayload): boolean {
  return payload.validTo === undefined && !isExpired(payload, Date.now());
}

/** How far the clocks of two machines may be apart, in milliseconds. */
const maxSkew = 60_000;

/**
 * Whether something was said before a memory that is known already: it arrived late, and does not end what was said later. What is said
 * now is never late, whatever the clock says of the machine that wrote the memory.
 */
export function isSaidEarlier(at: number, memory: MemoryRecord): boolean {
  return at < memory.payload.validFrom && at < Date.now() - maxSkew;
}

/** Ends the validity of a memory at `at`, with or without a successor. Its text stays in its history. */
export function endValidity(memory: MemoryRecord, at: number, supersededBy?: string): MemoryRecord {
  const { payload } = memory;
  const current = currentRevision(payload);
  const event = supersededBy === undefined ? "closed" : "superseded";
  const ended = {
    ...payload,
    validTo: Math.max(at, payload.validFrom),
    ...(supersededBy === undefined ? {} : { supersededBy }),
  };
  return { ...memory, payload: withRevision(ended, { ...current, event, at: Date.now() }) };
}

/** Matches memories that are valid at `asOf` (default: now), have not expired, are trusted enough, were said in the time that is asked for, and pass the caller's filter. */
export function validAt(now: number, { asOf, after, before, filter, minimumTrust }: ParsedQuery): Filter {
  const filters = [
    range("$validTo", "gt", asOf ?? now),
    range("$expiresAt", "gt", now),
    ...saidIn({ after, before }),
  ];
  if (asOf !== undefined) filters.push(range("$validFrom", "lte", Math.min(asOf, noExpiry)));
  const trusted = minimumTrust && trustedAs(minimumTrust);
  if (trusted) filters.push(trusted);
  return { type: "and", filters: filter ? [...filters, filter] : filters };
}

/** Matches what was said at `after` or later, and before `before`: the conditions of a conjunction. */
export function saidIn({
  after,
  before,
}: {
  readonly after?: number | undefined;
  readonly before?: number | undefined;
}): Filter[] {
  return [
    ...(after === undefined ? [] : [range("$validFrom", "gte", after)]),
    ...(before === undefined ? [] : [range("$validFrom", "lt", before)]),
  ];
}

function range(field: string, operator: "lt" | "lte" | "gt" | "gte", value: number): Filter {
  return { type: "range", field, operator, value, negated: false };
}

/** Matches memories that are trusted at least as `least`, undefined where all are. The user's have no field for it. */
function trustedAs(least: Source): Filter | undefined {
  if (least === "application") return { type: "in", field: sourceField, values: [least], negated: false };
  const values = sources.filter((source) => isLessTrusted(source, least));
  return values.length === 0 ? undefined : { type: "in", field: sourceField, values, negated: true };
}
