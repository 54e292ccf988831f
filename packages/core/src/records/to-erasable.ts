import { StoreError } from "../errors/store-error.ts";
import type { StoredRecord } from "../store/vector-store.ts";
import { type MemoryRecord, toMemoryRecord } from "./memory-record.ts";
import { placeholderAt } from "./placeholder-at.ts";

/** A record that is to be erased. One whose content is damaged names no messages around it. */
export function toErasable(record: StoredRecord): MemoryRecord {
  try {
    return toMemoryRecord(record);
  } catch (error) {
    if (!StoreError.isInstance(error)) throw error;
    const { payload, ...rest } = placeholderAt(record, "deleted");
    const { expiresAt: _, ...live } = payload;
    return { ...rest, payload: live };
  }
}
