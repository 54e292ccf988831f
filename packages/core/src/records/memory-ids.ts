import type { Access } from "../guard/guard.ts";
import { exactReach, type Placement } from "../scope/scope-filter.ts";
import { digest, uuid } from "../store/digest.ts";
import { currentRevision, type Draft, decode, isExpired } from "./memory-record.ts";

/** Where a text is stored, or would be. */
export interface Slot {
  readonly id: string;
  /** The live memory of the same text that is there already. */
  readonly stored?: Draft;
}

/**
 * Finds the id of each text. It follows from scope and text, so that a repeated add meets what the first one
 * stored. Where that id is taken by a memory whose text was changed or replaced since, the next one is tried.
 */
export async function findSlots(
  access: Access,
  texts: readonly string[],
  placement: Placement,
  now: number,
): Promise<readonly Slot[]> {
  const slots = new Map<string, Slot>();
  const open = new Set(texts);
  for (let attempt = 0; open.size > 0; attempt++) {
    const ids = new Map(
      [...open].map((text) => [text, memoryId(access.namespace.idSalt, placement, text, attempt)]),
    );
    const records = await access.namespace.get([...ids.values()], exactReach(placement), {
      vectors: true,
      ...access.signal,
    });
    const taken = new Map(records.map((record) => [record.id, decode(record)]));
    for (const [text, id] of ids) {
      const stored = taken.get(id);
      if (!stored || isExpired(stored.payload, now)) slots.set(text, { id });
      else if (currentRevision(stored.payload).text === text && stored.payload.validTo === undefined)
        slots.set(text, { id, stored });
      else continue;
      open.delete(text);
    }
  }
  return texts.map((text) => slots.get(text) as Slot);
}

function memoryId(salt: string, { user, agent, run }: Placement, text: string, attempt: number): string {
  const parts = ["memory", user, agent, run, text, String(attempt)];
  return uuid(digest(...parts, ...(salt === "" ? [] : [salt])));
}
