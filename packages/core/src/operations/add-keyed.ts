import type { OperationContext } from "../guard/operation-context.ts";
import type { ParsedAddOptions } from "../input/add-options.ts";
import type { ParsedMessage } from "../input/messages.ts";
import { isLessTrusted, sourceOf } from "../input/source.ts";
import type { AddResult } from "../records/add-result.ts";
import { keyedAt } from "../records/keyed-memory.ts";
import { placeOf } from "../records/memory-ids.ts";
import { currentRevision, type MemoryPayload, type MemoryRecord } from "../records/memory-record.ts";
import { conflict, repeatOnConflict } from "../records/repeat-on-conflict.ts";
import { findExact } from "../records/validity.ts";
import { withRevision } from "../records/with-revision.ts";
import { writeMemories } from "../records/write-memories.ts";
import { exactScopeFilter } from "../scope/scope-filter.ts";
import { merged } from "./add.ts";
import { assertTrusted } from "./assert-trusted.ts";
import { eraseByIds } from "./delete.ts";
import { expireIfDue } from "./expire.ts";
import { applyPatch } from "./update.ts";

/** How long an add waits for the one before it under the same key, in milliseconds. */
const maxTurn = 2000;

/**
 * Stores a text under a key at exactly the scope: as a new memory, or as a revision of the one that is there. It is no part of a
 * conversation, and is indexed without the messages around it.
 */
export async function addKeyed(
  context: OperationContext,
  key: string,
  message: ParsedMessage,
  options: ParsedAddOptions,
): Promise<AddResult> {
  const { id, scopeKey } = keyedAt(context, key);
  await expireIfDue(context);
  const turn = `${context.namespace.key} ${id}`;
  // To wait is faster than to be repeated.
  return context.turns.take(turn, { ...context.signal, maxWait: maxTurn }, () =>
    repeatOnConflict(context, async (current) => {
      const { stored, version, expired } = placeOf(id, await findExact(current, scopeKey, id), Date.now());
      if (expired) {
        await eraseByIds(current, [id], exactScopeFilter(scopeKey));
        return conflict;
      }
      const memory = stored
        ? revise(stored, key, message, options)
        : {
            id,
            scopeKey,
            payload: create(key, message, options),
            ...(version === undefined ? {} : { version }),
          };
      const status = !stored ? "added" : memory === stored ? "unchanged" : "updated";
      if (memory !== stored && (await writeMemories(current, [memory])).length > 0) return conflict;
      return { results: [{ status, id, text: message.text }] };
    }),
  );
}

function create(key: string, message: ParsedMessage, options: ParsedAddOptions): MemoryPayload {
  const { text, timestamp } = message;
  const now = Date.now();
  return {
    version: 1,
    key,
    ...speakerOf(message),
    createdAt: now,
    validFrom: timestamp ?? now,
    ...(typeof options.expiresAt === "number" ? { expiresAt: options.expiresAt } : {}),
    revisions: [{ event: "added", at: now, text, metadata: merged(message, options) ?? {} }],
  };
}

/**
 * The memory as it is with another text, by another speaker. One that was closed holds again. A text that is trusted less changes
 * nothing. @throws InvalidInputError where it would
 */
function revise(
  known: MemoryRecord,
  key: string,
  message: ParsedMessage,
  options: ParsedAddOptions,
): MemoryRecord {
  const now = Date.now();
  const { text } = message;
  const source = sourceOf(message);
  const metadata = merged(message, options);
  const { expiresAt } = options;
  const changes = {
    text,
    ...(metadata === undefined ? {} : { metadata }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  const changed = applyPatch(known, changes, now);
  const isMoreTrusted = isLessTrusted(sourceOf(known.payload), source);
  if (changed === known && known.payload.validTo === undefined && !isMoreTrusted) return known;
  assertTrusted(source, known);
  const again = { ...currentRevision(known.payload), event: "updated", at: now } as const;
  const payload = changed === known ? withRevision(known.payload, again) : changed.payload;
  const { role: _, name: __, source: ___, validTo: ____, supersededBy: _____, ...kept } = payload;
  // The speaker's name is embedded with the text.
  const { vector, ...rest } = changed;
  const isSameSpeaker = known.payload.role === message.role && known.payload.name === message.name;
  return {
    ...rest,
    payload: { ...kept, key, ...speakerOf(message) },
    ...(vector && isSameSpeaker ? { vector } : {}),
  };
}

function speakerOf({ role, name, source }: ParsedMessage): Pick<MemoryPayload, "role" | "name" | "source"> {
  return { ...(role ? { role } : {}), ...(name ? { name } : {}), ...(source ? { source } : {}) };
}
