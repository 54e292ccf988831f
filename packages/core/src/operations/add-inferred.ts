import type { Inference } from "../extraction/inference.ts";
import type { TimedMessage } from "../extraction/windows.ts";
import { inNamespace } from "../guard/in-namespace.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { ParsedAddOptions } from "../input/add-options.ts";
import type { ParsedMessage } from "../input/messages.ts";
import type { AddResult } from "../records/add-result.ts";
import {
  currentRevision,
  isExpired,
  type MemoryRecord,
  pendingField,
  toMemoryRecord,
} from "../records/memory-record.ts";
import { exactScopeFilter, scopeKeyOf } from "../scope/scope-filter.ts";
import { add, merged } from "./add.ts";
import { erase } from "./erase.ts";
import { expireIfDue } from "./expire.ts";
import { extractFacts } from "./extract-facts.ts";

/**
 * Extracts facts from messages and stores them.
 * @throws ExtractionError, unless `onExtractionFailure` is "store-raw"
 */
export async function addInferred(
  context: OperationContext,
  inference: Inference,
  messages: readonly ParsedMessage[],
  options: ParsedAddOptions,
): Promise<AddResult> {
  await expireIfDue(context);
  const now = Date.now();
  const timed = messages.map((message): TimedMessage => {
    const metadata = merged(message, options);
    return {
      ...message,
      timestamp: message.timestamp ?? now,
      ...(metadata ? { metadata } : {}),
      ...(typeof options.expiresAt === "number" ? { expiresAt: options.expiresAt } : {}),
    };
  });
  const { results, extraction, unprocessed } = await extractFacts(context, inference, timed);
  const { failure } = extraction;
  if (!failure) return { results, extraction };
  if (options.onExtractionFailure !== "store-raw") throw failure;
  const raw = await add(context, unprocessed, { ...options, pending: true });
  return { results: [...results, ...raw.results], extraction };
}

const pageSize = 1000;

/**
 * Extracts facts from the pending messages of exactly this scope: those stored raw after a model failure. Deletes
 * each message after its facts are stored.
 * @throws ExtractionError; the remaining messages stay pending
 */
export async function extractPending(context: OperationContext, inference: Inference): Promise<AddResult> {
  const pending = await inNamespace(context, findPending);
  const memories = new Map<TimedMessage, MemoryRecord>(
    pending.map((memory) => [toTimedMessage(memory), memory]),
  );
  const scope = exactScopeFilter(scopeKeyOf(context.scope.inner));
  const { results, extraction } = await extractFacts(
    context,
    inference,
    [...memories.keys()],
    async (messages) => {
      const texts = new Map(messages.map((message) => [memories.get(message)?.id ?? "", message.text]));
      await erase(context, async ({ namespace, signal }) => {
        const records = await namespace.get({ ids: [...texts.keys()], scope, ...signal });
        // One that was edited meanwhile waits for the next time, and one that is a fact now stays.
        return records
          .map(toMemoryRecord)
          .filter(
            ({ id, payload }) =>
              payload.placeholder || (payload.pending && currentRevision(payload).text === texts.get(id)),
          );
      });
    },
  );
  if (extraction.failure) throw extraction.failure;
  return { results, extraction };
}

/** The pending messages of exactly this scope, in conversation order. */
export async function findPending(context: OperationContext): Promise<readonly MemoryRecord[]> {
  const found: MemoryRecord[] = [];
  const pages = context.namespace.pages({
    scope: exactScopeFilter(scopeKeyOf(context.scope.inner)),
    filter: { type: "exists", field: pendingField, negated: false },
    limit: pageSize,
    ...context.signal,
  });
  for await (const records of pages) found.push(...records.map(toMemoryRecord));
  return inOrder(found.filter(({ payload }) => !isExpired(payload, Date.now())));
}

/** Sorts messages by time. Messages of one call share a time; their links order them. */
function inOrder(memories: readonly MemoryRecord[]): readonly MemoryRecord[] {
  const byId = new Map(memories.map((memory) => [memory.id, memory]));
  const ordered = new Set<MemoryRecord>();
  const byTime = [...memories].sort(
    (a, b) => a.payload.validFrom - b.payload.validFrom || a.payload.createdAt - b.payload.createdAt,
  );
  const isFirst = ({ payload: { previous } }: MemoryRecord) => previous === undefined || !byId.has(previous);
  for (const start of [...byTime.filter(isFirst), ...byTime]) {
    for (
      let memory: MemoryRecord | undefined = start;
      memory && !ordered.has(memory);
      memory = byId.get(memory.payload.next ?? "")
    )
      ordered.add(memory);
  }
  return [...ordered];
}

function toTimedMessage({ id, payload }: MemoryRecord): TimedMessage {
  const { text, metadata } = currentRevision(payload);
  const { role, name, source, validFrom, expiresAt } = payload;
  return {
    text,
    metadata,
    timestamp: validFrom,
    stored: { id, text },
    ...(role ? { role } : {}),
    ...(name ? { name } : {}),
    ...(source ? { source } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
