import type { PGlite } from "@electric-sql/pglite";
import type { Connection, Row } from "./connection.ts";

/** Transactions on an embedded PostgreSQL, which runs them one after the other. It is the application's, and stays open. */
export function pgliteConnection(database: PGlite): Connection {
  return {
    embedded: true,
    transaction: (_, begin, task, signal) =>
      database.transaction(async (transaction) => {
        await transaction.exec(begin);
        const result = await task(async (sql, parameters) => {
          const last = parameters
            ? await transaction.query<Row>(sql, [...parameters])
            : (await transaction.exec(sql)).at(-1);
          return { rows: last?.rows ?? [], count: last?.affectedRows ?? 0 };
        });
        signal?.throwIfAborted();
        return result;
      }),
    async close() {},
  };
}
