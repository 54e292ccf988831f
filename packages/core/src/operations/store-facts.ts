import type { CheckedExtraction, RejectedAnswer } from "../extraction/parse-extraction.ts";
import { isForeignWindow, type TimedMessage } from "../extraction/windows.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { leastTrusted, sourceOf } from "../input/source.ts";
import { type MemoryId, resolveMemoryIds } from "../records/memory-ids.ts";
import { isExpired, isPending, type MemoryRecord, toMemoryRecord } from "../records/memory-record.ts";
import { placeholderAt } from "../records/placeholder-at.ts";
import { conflict, repeatOnConflict } from "../records/repeat-on-conflict.ts";
import { writeMemories } from "../records/write-memories.ts";
import type { WriteResult } from "../records/write-result.ts";
import { exactScopeFilter, type ScopeKey } from "../scope/scope-filter.ts";
import { eraseByIds } from "./delete.ts";
import { type Done, FactPlan } from "./fact-plan.ts";

/**
 * Stores facts, and then ends the validity of memories that they replace. First it reserves a place for each new fact, and reads the
 * memories again that the model was shown. Who deletes one of them afterwards finds the reservation, and removes it: so no fact is
 * stored that was drawn from what is deleted. A memory that was edited during the model call is not replaced.
 * @returns `stale` when a memory that the model was shown, or that the facts were drawn from, was deleted meanwhile
 */
export async function storeFacts(
  context: OperationContext,
  scopeKey: ScopeKey,
  extracted: ExtractedWindow,
): Promise<StoredFacts | "stale"> {
  const done: Done = { results: new Map(), stored: new Set(), ended: new Set() };
  return repeatOnConflict(context, (current) => storeOnce(current, scopeKey, extracted, done));
}

/** The extraction of one window, with the messages and memories that its numbers refer to. */
export interface ExtractedWindow {
  readonly window: readonly TimedMessage[];
  readonly known: readonly MemoryRecord[];
  readonly extraction: CheckedExtraction;
  readonly inferredBy: string;
}

/** The written results, and the rejected parts of the answer. */
export interface StoredFacts {
  readonly results: readonly WriteResult[];
  readonly rejected: readonly RejectedAnswer[];
}

async function storeOnce(
  context: OperationContext,
  scopeKey: ScopeKey,
  { window, known, extraction, inferredBy }: ExtractedWindow,
  done: Done,
): Promise<StoredFacts | "stale" | typeof conflict> {
  const now = Date.now();
  const { facts, removes } = extraction;
  const texts = facts.map(({ text }) => text);
  const memoryIds = await resolveMemoryIds(context, texts, scopeKey, now);
  const expired = memoryIds.flatMap(({ expired: memory }) => (memory ? [memory.id] : []));
  if (expired.length > 0) {
    await eraseByIds(context, expired, exactScopeFilter(scopeKey));
    return conflict;
  }
  const free = new Map(
    memoryIds.filter(({ id, stored }) => !stored && !done.stored.has(id)).map((one) => [one.id, one]),
  );
  const reservations = [...free.values()].map((one) => placeholderAt({ ...one, scopeKey }, "reserved"));
  if ((await writeMemories(context, reservations)).length > 0) return conflict;

  const sources = window.flatMap(({ stored }) => stored ?? []);
  const ids = [...free.keys(), ...known.map(({ id }) => id), ...sources.map(({ id }) => id)];
  const current = await readAgain(context, scopeKey, ids);
  const isLive = (id: string) => {
    const memory = current.get(id);
    return memory !== undefined && !isExpired(memory.payload, now);
  };
  // A message of which an earlier attempt has made a fact of the same text waits no longer.
  const isThere = ({ id, text }: { readonly id: string; readonly text: string }) =>
    done.stored.has(id) || isPending(current.get(id), text);
  if (!known.every(({ id }) => isLive(id)) || !sources.every(isThere)) return "stale";
  if (![...free.keys()].every((id) => current.get(id)?.payload.placeholder === "reserved")) return conflict;

  const asserted = new Set(memoryIds.map(({ id }) => id));
  const plan = new FactPlan({ scopeKey, current, known, asserted, inferredBy, now, done });
  const least = leastTrusted(window.map(sourceOf));
  for (const [index, fact] of facts.entries()) {
    const { id, stored } = memoryIds[index] as MemoryId;
    const source = window[fact.message - 1] as TimedMessage;
    const from = isForeignWindow(window) || !fact.isCited ? least : sourceOf(source);
    plan.assert(
      `fact ${index}`,
      fact,
      { ...source, source: from },
      { id, stored, version: current.get(id)?.version },
    );
  }
  for (const { memory, message } of removes) {
    const cited = window[(message ?? 0) - 1];
    const at = (cited ?? window.at(-1))?.timestamp ?? now;
    plan.close(memory, at, cited && !isForeignWindow(window) ? sourceOf(cited) : least);
  }
  // What the answer asserts is stored before what it ends.
  for (const memories of [plan.facts, plan.ended]) {
    const failed = new Set((await writeMemories(context, [...memories.values()])).map(({ id }) => id));
    for (const id of memories.keys()) {
      if (failed.has(id)) continue;
      (memories === plan.ended ? done.ended : done.stored).add(id);
      for (const [part, result] of plan.results)
        if (result.id === id && !done.results.has(part)) done.results.set(part, result);
    }
    if (failed.size > 0) return conflict;
  }
  return {
    results: [...plan.results].map(([part, result]) => done.results.get(part) ?? result),
    rejected: plan.rejected,
  };
}

async function readAgain(
  { namespace, signal }: OperationContext,
  scopeKey: ScopeKey,
  ids: readonly string[],
): Promise<ReadonlyMap<string, MemoryRecord>> {
  const scope = exactScopeFilter(scopeKey);
  const records = await namespace.get({ ids, scope, vectors: true, ...signal });
  return new Map(records.map((record) => [record.id, toMemoryRecord(record)]));
}
