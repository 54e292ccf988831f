import type { RecordVersion } from "@loci/core/store";
import type { Connection, Row } from "./connection.ts";
import type { DatabaseFile } from "./database-file.ts";
import type { Predicate } from "./dialect.ts";
import { deleteRow, deleteUnusedScopes, rowAtVersion } from "./record-rows.ts";

/** Deletes the records that a predicate lets through, in turns of the event loop. Returns how many went. */
export function deleteInTurns(file: DatabaseFile, where: Predicate, signal: AbortSignal): Promise<number> {
  const sql = `select r.row, r.scope from records r where r.row > ? and ${where.sql} order by r.row limit ${pageSize}`;
  return eraseInTurns(file, signal, (connection, last, isTurnOver) => {
    const rows = connection.all(sql, last, ...where.parameters);
    const deleted: Row[] = [];
    for (const row of rows) {
      deleteRow(connection, Number(row.row));
      deleted.push(row);
      if (isTurnOver()) break;
    }
    const isDone = rows.length < pageSize && deleted.length === rows.length;
    return { deleted, isDone, position: Number(deleted.at(-1)?.row ?? last) };
  });
}

/** Deletes those of some records that are still at their version, likewise. */
export function deleteVersionsInTurns(
  file: DatabaseFile,
  records: readonly RecordVersion[],
  signal: AbortSignal,
): Promise<number> {
  return eraseInTurns(file, signal, (connection, start, isTurnOver) => {
    let position = start;
    const deleted: Row[] = [];
    for (const record of records.slice(start)) {
      const row = rowAtVersion(connection, record);
      if (row) {
        deleteRow(connection, Number(row.row));
        deleted.push(row);
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
  let done: Slice = { deleted: [], isDone: false, position: 0 };
  const scopes = new Set<number>();
  try {
    while (!done.isDone) {
      const { position } = done;
      done = await file.write(signal, (connection, isTurnOver) => {
        const slice = erase(connection, position, isTurnOver);
        for (const { scope } of slice.deleted) scopes.add(Number(scope));
        if (slice.isDone && scopes.size > 0) deleteUnusedScopes(connection, scopes);
        return slice;
      });
      total += done.deleted.length;
    }
    return total;
  } finally {
    // What was deleted is also in the write-ahead log.
    if (total > 0) await file.emptyLog();
  }
}

/** What one transaction has erased, and where the next one begins. */
interface Slice {
  /** Each with its row and its scope. */
  readonly deleted: readonly Row[];
  readonly isDone: boolean;
  readonly position: number;
}

const pageSize = 500;
