import type { VectorRecord, WriteOutcome } from "@loci/core/store";
import type { DatabaseFile } from "./database-file.ts";
import { takesNoRoom, writeRecord } from "./record-rows.ts";

/**
 * Writes records in their order, as many in one transaction as fit into a turn of the event loop. What was committed before a failure
 * stays.
 */
export async function writeInTurns(
  file: DatabaseFile,
  records: readonly VectorRecord[],
  signal: AbortSignal,
): Promise<readonly WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  while (outcomes.length < records.length) {
    try {
      const written = await file.write(signal, (connection, isTurnOver, full) => {
        const slice: WriteOutcome[] = [];
        for (const record of records.slice(outcomes.length)) {
          // The room that is kept for erasing is for what erases, and for the registry, in which erasures are written down.
          if (full && file.manifest.kind !== "directory" && !takesNoRoom(connection, record)) throw full;
          slice.push(writeRecord(connection, record));
          if (isTurnOver()) break;
        }
        return slice;
      });
      outcomes.push(...written);
    } catch (error) {
      if (outcomes.length === 0) throw error;
      outcomes.push(...records.slice(outcomes.length).map(() => ({ error })));
    }
  }
  return outcomes;
}
