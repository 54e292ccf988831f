import type { CheckedExtraction, RejectedAnswer } from "../extraction/parse-extraction.ts";
import type { TimedMessage } from "../extraction/windows.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { buildRecords } from "../records/build-records.ts";
import { resolveMemoryIds } from "../records/memory-ids.ts";
import { currentRevision, type MemoryRecord } from "../records/memory-record.ts";
import { endValidity, findValid, isValid } from "../records/validity.ts";
import type { WriteResult } from "../records/write-result.ts";
import type { ScopeKey } from "../scope/scope-filter.ts";
import { conversationOf, revise } from "./add.ts";

/**
 * Stores facts, and ends the validity of memories that they replace. Reads those memories again, and leaves a memory
 * unchanged that was edited during the model call.
 */
export async function storeFacts(
  context: OperationContext,
  scopeKey: ScopeKey,
  extracted: ExtractedWindow,
): Promise<StoredFacts> {
  return context.locks.shared(context.namespace.key, () =>
    context.locks.exclusive(conversationOf(context, scopeKey), () =>
      storeInOrder(context, scopeKey, extracted),
    ),
  );
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

async function storeInOrder(
  context: OperationContext,
  scopeKey: ScopeKey,
  { window, known, extraction, inferredBy }: ExtractedWindow,
): Promise<StoredFacts> {
  const now = Date.now();
  const { facts, removes } = extraction;
  const memoryIds = await resolveMemoryIds(
    context,
    facts.map(({ text }) => text),
    scopeKey,
    now,
  );
  const memories = new Map<string, MemoryRecord>();
  const results: WriteResult[] = [];
  const rejected: RejectedAnswer[] = [];

  /** The known memory with this number, if its text is still what the model saw. */
  const findOffered = async (number: number): Promise<MemoryRecord | undefined> => {
    const offered = known[number - 1];
    if (!offered) return undefined;
    const current = memories.get(offered.id) ?? (await findValid(context, scopeKey, offered.id));
    const isSame = current && currentRevision(current.payload).text === currentRevision(offered.payload).text;
    return isSame ? current : undefined;
  };

  for (const [index, fact] of facts.entries()) {
    const { id, stored } = memoryIds[index] ?? { id: "" };
    const source = window[fact.message - 1] as TimedMessage;
    const before = memories.get(id) ?? stored;
    const memory = before
      ? revise(before, source, source, now)
      : createFact(id, scopeKey, fact.text, source, inferredBy, now);
    const status = !before ? "added" : memory === before ? "unchanged" : "updated";
    if (memory !== stored) memories.set(id, memory);
    const replaced = fact.replaces === 0 ? undefined : await findOffered(fact.replaces);
    if (fact.replaces !== 0 && !replaced) rejected.push({ reason: "changed-meanwhile", answer: fact });
    if (!replaced || replaced.id === id) {
      results.push({ status, id, text: fact.text });
      continue;
    }
    memories.set(id, { ...memory, payload: { ...memory.payload, supersedes: replaced.id } });
    // When two facts replace one memory, the first becomes its successor.
    if (isValid(replaced.payload)) memories.set(replaced.id, endValidity(replaced, source.timestamp, id));
    results.push({ status: "superseded", id, text: fact.text, supersedes: replaced.id });
  }
  const endedAt = window.at(-1)?.timestamp ?? now;
  for (const number of removes) {
    const removed = await findOffered(number);
    if (removed && isValid(removed.payload)) {
      memories.set(removed.id, endValidity(removed, endedAt));
      results.push({ status: "closed", id: removed.id, text: currentRevision(removed.payload).text });
    } else rejected.push({ reason: "changed-meanwhile", answer: { removes: number } });
  }
  if (memories.size > 0)
    await context.namespace.upsert({
      records: await buildRecords(context, [...memories.values()]),
      ...context.signal,
    });
  return { results, rejected };
}

function createFact(
  id: string,
  scopeKey: ScopeKey,
  text: string,
  { role, name, timestamp, expiresAt, metadata }: TimedMessage,
  inferredBy: string,
  now: number,
): MemoryRecord {
  return {
    id,
    scopeKey,
    payload: {
      version: 1,
      ...(role ? { role } : {}),
      ...(name ? { name } : {}),
      inferredBy,
      createdAt: now,
      validFrom: timestamp,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      revisions: [{ event: "added", at: now, text, metadata: metadata ?? {} }],
    },
  };
}
