import type { Inference } from "../extraction/inference.ts";
import type { Said } from "../extraction/windows.ts";
import type { Access } from "../guard/guard.ts";
import type { ParsedMessage } from "../input/messages.ts";
import type { ParsedOptions } from "../input/options.ts";
import { currentRevision, type Draft, decode, isExpired, pendingField } from "../records/memory-record.ts";
import { exactReach, placementOf } from "../scope/scope-filter.ts";
import { type AddResult, add, merged } from "./add.ts";
import { removeDrafts } from "./change.ts";
import { infer } from "./extract-facts.ts";

/**
 * Turns messages into facts.
 * @throws ExtractionError, unless the messages are to be stored as they are in that case
 */
export async function addInferred(
  access: Access,
  inference: Inference,
  messages: readonly ParsedMessage[],
  options: ParsedOptions,
): Promise<AddResult> {
  await access.sweeper.sweepIfDue(access);
  const now = Date.now();
  const said = messages.map((message): Said => {
    const metadata = merged(message, options);
    return {
      ...message,
      timestamp: message.timestamp ?? now,
      ...(metadata ? { metadata } : {}),
      ...(typeof options.expiresAt === "number" ? { expiresAt: options.expiresAt } : {}),
    };
  });
  const { results, extraction, unheard } = await infer(access, inference, said);
  const { failure } = extraction;
  if (!failure) return { results, extraction };
  if (options.onExtractionFailure !== "store-raw") throw failure;
  const raw = await add(access, unheard, { ...options, pending: true });
  return { results: [...results, ...raw.results], extraction };
}

const pageSize = 1000;

/**
 * Turns the messages of exactly this scope that were stored as they were said, since the model failed, into facts;
 * each goes when its facts are stored.
 * @throws ExtractionError, and then those that are left stay as they are
 */
export async function reinfer(access: Access, inference: Inference): Promise<AddResult> {
  const waiting = await findPending(access);
  const drafts = new Map<Said, Draft>(waiting.map((draft) => [toSaid(draft), draft]));
  const within = exactReach(placementOf(access.scope.inner));
  const { results, extraction } = await infer(access, inference, [...drafts.keys()], async (messages) => {
    await access.locks.exclusive(access.namespace.key, async () => {
      const ids = messages.map((message) => drafts.get(message)?.id ?? "");
      const current = await access.namespace.get(ids, within, access.signal);
      await removeDrafts(access, current.map(decode), within);
    });
  });
  if (extraction.failure) throw extraction.failure;
  return { results, extraction };
}

/** The waiting messages of exactly this scope in the order in which they were said. */
async function findPending(access: Access): Promise<readonly Draft[]> {
  const found: Draft[] = [];
  const pages = access.namespace.pages({
    within: exactReach(placementOf(access.scope.inner)),
    filter: { type: "exists", field: pendingField, negated: false },
    limit: pageSize,
    ...access.signal,
  });
  for await (const records of pages) found.push(...records.map(decode));
  return inOrder(found.filter(({ payload }) => !isExpired(payload, Date.now())));
}

/** Messages of one call have one moment: they follow one another as they are linked. */
function inOrder(drafts: readonly Draft[]): readonly Draft[] {
  const byId = new Map(drafts.map((draft) => [draft.id, draft]));
  const ordered = new Set<Draft>();
  const byTime = [...drafts].sort(
    (a, b) => a.payload.validFrom - b.payload.validFrom || a.payload.createdAt - b.payload.createdAt,
  );
  const isFirst = ({ payload: { previous } }: Draft) => previous === undefined || !byId.has(previous);
  for (const start of [...byTime.filter(isFirst), ...byTime]) {
    for (
      let draft: Draft | undefined = start;
      draft && !ordered.has(draft);
      draft = byId.get(draft.payload.next ?? "")
    )
      ordered.add(draft);
  }
  return [...ordered];
}

function toSaid({ payload }: Draft): Said {
  const { text, metadata } = currentRevision(payload);
  const { role, name, validFrom, expiresAt } = payload;
  return {
    text,
    metadata,
    timestamp: validFrom,
    ...(role ? { role } : {}),
    ...(name ? { name } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
