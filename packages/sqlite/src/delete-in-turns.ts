import type { RecordVersion } from "@loci/core/store";
import type { Connection } from "./connection.ts";
import type { DatabaseFile } from "./database-file.ts";
import type { Predicate } from "./dialect.ts";
import { deleteRow, deleteUnusedScopes, rowAtVersion } from "./record-rows.ts";

/** Deletes the records that a predicate lets through, in turns of the event loop. Returns how many went. */
export function deleteInTurns(file: DatabaseFile, where: Predicate, signal: AbortSignal): Promise<number> {
  const sql = `select r.row from records r where r.row > ? and ${where.sql} order by r.row limit ${pageSize}`;
  return eraseInTurns(file, signal, (connection, last, isTurnOver) => {
    const rows = connection.all(sql, last, ...where.parameters).map(({ row }) => Number(row));
    let deleted = 0;
    for (const row of rows) {
      deleteRow(connection, row);
      deleted++;
      if (isTurnOver()) break;
    }
    const isDone = rows.length < pageSize && deleted === rows.length;
    return { deleted, isDone, position: rows[deleted - 1] ?? last };
  });
}

/** Deletes those of some records that are still at their version, likewise. */
export function deleteVersionsInTurns(
  file: DatabaseFile,
  records: readonly RecordVersion[],
  signal: AbortSignal,
): Promise<number> {
  return eraseInTurns(file, signal, (connection, start, isTurnOver) => {
    let [position, deleted] = [start, 0];
    for (const record of records.slice(start)) {
      const row = rowAtVersion(connection, record);
      if (row !== undefined) {
        deleteRow(connection, row);
        deleted++;
      }
      position++;
      if (isTurnOver()) break;
    }
    return { deleted, isDone: position === records.length, position };
  });
}

/** Erases slice by slice, each in a transaction; at last the scope keys that are used no more, and what the log holds. */
async function eraseInTurns(
  file: DatabaseFile,
  signal: AbortSignal,
  erase: (connection: Connection, position: number, isTurnOver: () => boolean) => Slice,
): Promise<number> {
  let total = 0;
  let done: Slice = { deleted: 0, isDone: false, position: 0 };
  try {
    while (!done.isDone) {
      const { position } = done;
      done = await file.write(signal, (connection, isTurnOver) => {
        const slice = erase(connection, position, isTurnOver);
        if (slice.isDone && total + slice.deleted > 0) deleteUnusedScopes(connection);
        return slice;
      });
      total += done.deleted;
    }
    return total;
  } finally {
    // What was deleted is also in the write-ahead log.
    if (total > 0) await file.emptyLog();
  }
}

/** What one transaction has erased, and where the next one begins. */
interface Slice {
  readonly deleted: number;
  readonly isDone: boolean;
  readonly position: number;
}

const pageSize = 500;
