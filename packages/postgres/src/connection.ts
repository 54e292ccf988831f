import type { PGlite } from "@electric-sql/pglite";
import type { Pool, PoolClient } from "pg";

/** A row as either driver returns it. */
export type Row = Record<string, unknown>;

/** What a statement did. */
interface Result {
  readonly rows: readonly Row[];
  /** How many rows it wrote. */
  readonly count: number;
}

/** One transaction. Values travel as parameters, `$1` and on, and never become part of the text. */
export type Session = (sql: string, parameters?: readonly unknown[]) => Promise<Result>;

/** A transaction that reads may write nothing, and its caller need not wait for its end. */
export type Mode = "read" | "write";

/** Runs transactions. Nothing is kept between them, so that a transaction pooler may stand in between. */
export interface Connection {
  /** Whether anybody else can connect with other rights. */
  readonly embedded: boolean;
  /**
   * Runs a task inside one transaction that begins with some statements of ours, and commits when the task succeeds. Statements
   * may be sent before the ones before them have ended: when one fails, so do all that follow. An abort closes the
   * connection, so that the server gives up as well and nothing of it reaches the next caller.
   */
  transaction<T>(
    mode: Mode,
    begin: string,
    task: (query: Session) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T>;
  close(): Promise<void>;
}

/** Transactions on a pool of pg's, one connection at a time for each call. */
export function poolConnection(load: () => Promise<Pool>, owned: boolean): Connection {
  let pool: Promise<Pool> | undefined;
  const get = () => {
    pool ??= load();
    return pool;
  };
  return {
    embedded: false,
    async transaction(mode, begin, task, signal) {
      signal?.throwIfAborted();
      const client = await (await get()).connect();
      return inTransaction(client, mode, begin, task, signal);
    },
    async close() {
      if (owned && pool) await (await pool).end();
    },
  };
}

async function inTransaction<T>(
  client: PoolClient,
  mode: Mode,
  begin: string,
  task: (query: Session) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  let released = false;
  const release = (broken?: Error) => {
    if (released) return;
    released = true;
    signal?.removeEventListener("abort", abort);
    client.off("error", ignore);
    client.release(broken);
  };
  // A connection that breaks says so by rejecting the query, too.
  const ignore = () => {};
  const abort = () => release(new Error("aborted"));
  client.on("error", ignore);
  signal?.addEventListener("abort", abort);
  // With a pipeline, statements leave at once; otherwise each waits for the one before, and fails as that one did.
  const pipelined = (client as { pipeline?: boolean }).pipeline === true;
  let last: Promise<unknown> = Promise.resolve();
  const send = (sql: string, parameters?: readonly unknown[]) => {
    const run = () => client.query<Row>(sql, parameters ? [...parameters] : undefined);
    const sent = pipelined ? run() : last.then(run);
    sent.catch(ignore);
    last = sent;
    return sent;
  };
  const begun = send(`begin${mode === "read" ? " read only" : ""}; ${begin}`);
  try {
    signal?.throwIfAborted();
    const result = await task(async (sql, parameters = []) => {
      const { rows, rowCount } = await send(sql, parameters);
      return { rows, count: rowCount ?? 0 };
    });
    signal?.throwIfAborted();
    const committed = send("commit");
    if (mode === "write") {
      await committed;
      release();
    } else committed.then(() => release(), release);
    return result;
  } catch (error) {
    // Whatever follows a statement that failed fails for that reason alone.
    const cause = await begun.then(
      () => error,
      (first: unknown) => first,
    );
    if (!released) await rollBack(client, cause, release);
    throw signal?.aborted ? signal.reason : cause;
  }
}

/** Brings a connection back to a clean state, or throws it away where the server did not answer. */
async function rollBack(
  client: PoolClient,
  error: unknown,
  release: (broken?: Error) => void,
): Promise<void> {
  const answered = typeof (error as { severity?: unknown }).severity === "string";
  if (!answered) {
    release(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  try {
    await client.query("rollback");
    release();
  } catch (failure) {
    release(failure instanceof Error ? failure : new Error(String(failure)));
  }
}

/** Transactions on an embedded PostgreSQL, which runs them one after the other. */
export function embeddedConnection(database: PGlite): Connection {
  return {
    embedded: true,
    async transaction(_, begin, task, signal) {
      signal?.throwIfAborted();
      return database.transaction(async (transaction) => {
        await transaction.exec(begin);
        const result = await task(async (sql, parameters = []) => {
          const { rows, affectedRows } = await transaction.query<Row>(sql, [...parameters]);
          return { rows, count: affectedRows ?? 0 };
        });
        signal?.throwIfAborted();
        return result;
      });
    },
    // It is the application's.
    async close() {},
  };
}
