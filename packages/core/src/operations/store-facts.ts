import type { CheckedExtraction, RejectedAnswer } from "../extraction/parse-extraction.ts";
import type { Said } from "../extraction/windows.ts";
import type { Access } from "../guard/guard.ts";
import { buildRecords } from "../records/build-records.ts";
import { findSlots } from "../records/memory-ids.ts";
import { currentRevision, type Draft } from "../records/memory-record.ts";
import { close, findHolding, holdsNow } from "../records/validity.ts";
import type { Placement } from "../scope/scope-filter.ts";
import { conversationOf, revise, type WriteResult } from "./add.ts";

/** What a model said of one window, with what its numbers mean. */
export interface Heard {
  readonly window: readonly Said[];
  readonly known: readonly Draft[];
  readonly extraction: CheckedExtraction;
  readonly inferredBy: string;
}

/** What was written, and what could not be. */
export interface StoredFacts {
  readonly results: readonly WriteResult[];
  readonly rejected: readonly RejectedAnswer[];
}

/**
 * Stores facts, and closes what they replace. The model took its time: what it was shown is looked up again, and a
 * memory that was changed meanwhile is left as it is.
 */
export async function storeFacts(access: Access, placement: Placement, heard: Heard): Promise<StoredFacts> {
  return access.locks.shared(access.namespace.key, () =>
    access.locks.exclusive(conversationOf(access, placement), () => storeInOrder(access, placement, heard)),
  );
}

async function storeInOrder(
  access: Access,
  placement: Placement,
  { window, known, extraction, inferredBy }: Heard,
): Promise<StoredFacts> {
  const now = Date.now();
  const { facts, removes } = extraction;
  const slots = await findSlots(
    access,
    facts.map(({ text }) => text),
    placement,
    now,
  );
  const drafts = new Map<string, Draft>();
  const results: WriteResult[] = [];
  const rejected: RejectedAnswer[] = [];

  /** The offered memory of this number, if it still says what the model was shown. */
  const findOffered = async (number: number): Promise<Draft | undefined> => {
    const offered = known[number - 1];
    if (!offered) return undefined;
    const current = drafts.get(offered.id) ?? (await findHolding(access, placement, offered.id));
    const isSame = current && currentRevision(current.payload).text === currentRevision(offered.payload).text;
    return isSame ? current : undefined;
  };

  for (const [index, fact] of facts.entries()) {
    const { id, stored } = slots[index] ?? { id: "" };
    const source = window[fact.message - 1] as Said;
    const before = drafts.get(id) ?? stored;
    const draft = before
      ? revise(before, source, source, now)
      : createFact(id, placement, fact.text, source, inferredBy, now);
    const status = !before ? "added" : draft === before ? "unchanged" : "updated";
    if (draft !== stored) drafts.set(id, draft);
    const replaced = fact.replaces === 0 ? undefined : await findOffered(fact.replaces);
    if (fact.replaces !== 0 && !replaced) rejected.push({ reason: "changed-meanwhile", answer: fact });
    if (!replaced || replaced.id === id) {
      results.push({ status, id, text: fact.text });
      continue;
    }
    drafts.set(id, { ...draft, payload: { ...draft.payload, supersedes: replaced.id } });
    // Of two facts that replace one memory, the first is named by it.
    if (holdsNow(replaced.payload)) drafts.set(replaced.id, close(replaced, source.timestamp, id));
    results.push({ status: "superseded", id, text: fact.text, supersedes: replaced.id });
  }
  const said = window.at(-1)?.timestamp ?? now;
  for (const number of removes) {
    const removed = await findOffered(number);
    if (removed && holdsNow(removed.payload)) {
      drafts.set(removed.id, close(removed, said));
      results.push({ status: "closed", id: removed.id, text: currentRevision(removed.payload).text });
    } else rejected.push({ reason: "changed-meanwhile", answer: { removes: number } });
  }
  if (drafts.size > 0)
    await access.namespace.upsert(await buildRecords(access, [...drafts.values()]), access.signal);
  return { results, rejected };
}

function createFact(
  id: string,
  placement: Placement,
  text: string,
  { role, name, timestamp, expiresAt, metadata }: Said,
  inferredBy: string,
  now: number,
): Draft {
  return {
    id,
    placement,
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
