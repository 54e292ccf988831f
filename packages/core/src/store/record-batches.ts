import type { StoreLimits } from "./store-driver.ts";
import type { VectorRecord } from "./vector-store.ts";

const encoder = new TextEncoder();
/** As JSON writes a number in full, with a comma. */
const bytesOfNumber = 22;
const bytesOfKeys = 512;

/**
 * About how many bytes a record takes in a request of JSON: its texts in UTF-8 with what JSON escapes, 22 for each dimension of
 * its vector, and 512 for names and ids.
 */
function recordBytes({ id, scopeKey, fields, payload, keywords, vector }: VectorRecord): number {
  const texts = JSON.stringify([id, scopeKey, fields, payload, keywords]);
  return bytesOfKeys + encoder.encode(texts).length + bytesOfNumber * (vector?.length ?? 0);
}

/** Splits records into batches that a backend takes, in their order. */
export function* recordBatches(
  records: readonly VectorRecord[],
  { records: most, bytes = Number.POSITIVE_INFINITY }: StoreLimits,
): Generator<readonly VectorRecord[]> {
  let batch: VectorRecord[] = [];
  let size = 0;
  for (const record of records) {
    const own = bytes === Number.POSITIVE_INFINITY ? 0 : recordBytes(record);
    if (batch.length > 0 && (batch.length >= most || size + own > bytes)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(record);
    size += own;
  }
  if (batch.length > 0) yield batch;
}

/** Splits a list into parts of at most so many. */
export function* chunks<T>(items: readonly T[], most: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += most) yield items.slice(start, start + most);
}
