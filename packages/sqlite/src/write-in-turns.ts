import type { WriteOutcome, WriteRequest } from "@loci/core/store";
import type { DatabaseFile } from "./database-file.ts";
import { takesNoRoom, writeRecord } from "./record-rows.ts";

/**
 * Writes records in their order, as many in one transaction as fit into a turn of the event loop. What was committed before a failure
 * stays.
 */
export async function writeInTurns(
  file: DatabaseFile,
  { records, leading, signal }: WriteRequest,
): Promise<readonly WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  /** Whether one of the records that lead has conflicted: what follows them is not written then. */
  const isLost = (known: readonly WriteOutcome[]) =>
    leading > 0 && known.length >= leading && known.slice(0, leading).includes("conflict");
  while (outcomes.length < records.length) {
    if (isLost(outcomes)) return records.map((_, index) => (index < leading ? outcomes[index] : "conflict"));
    try {
      const written = await file.write(signal, (connection, isTurnOver, full) => {
        const slice: WriteOutcome[] = [];
        for (const record of records.slice(outcomes.length)) {
          // The room that is kept for erasing is for what erases, and for the registry, in which erasures are written down.
          if (full && file.manifest.kind !== "directory" && !takesNoRoom(connection, record)) throw full;
          slice.push(writeRecord(connection, record));
          const isLed = outcomes.length + slice.length === leading;
          if (isTurnOver() || (isLed && isLost([...outcomes, ...slice]))) break;
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
