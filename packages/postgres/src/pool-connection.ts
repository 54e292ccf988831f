import type { Pool, PoolClient } from "pg";
import type { Connection, Mode, Row, Session } from "./connection.ts";
import { lacksMembership } from "./lacks-membership.ts";

/** Transactions on a pool of pg's, one connection at a time for each call. */
export function poolConnection(load: () => Promise<Pool>, owned: boolean): Connection {
  let pool: Promise<Pool> | undefined;
  /** What ends the transactions that run. */
  const running = new Set<() => void>();
  let closed = false;
  return {
    embedded: false,
    async transaction(mode, begin, task, signal) {
      pool ??= load();
      const opened = await pool;
      if (!opened.listeners("error").includes(ignore)) opened.on("error", ignore);
      return new Promise((resolve, reject) => {
        const abort = () => reject(signal?.reason);
        signal?.addEventListener("abort", abort, { once: true });
        // A callback runs before anything can happen to the connection. A promise would leave a moment in which nobody listens.
        opened.connect((error, client) => {
          signal?.removeEventListener("abort", abort);
          if (!client) return reject(error);
          if (!signal?.aborted && !closed)
            return resolve(inTransaction(client, mode, begin, task, running, signal));
          client.release();
          reject(
            signal?.aborted ? signal.reason : new Error("Connection terminated by the close of its store"),
          );
        });
      });
    },
    async close() {
      closed = true;
      // Whoever closes has waited long enough. A pool waits for its connections, and for ever where the server hangs.
      for (const end of running) end();
      if (owned && pool) await (await pool).end();
    },
  };
}

async function inTransaction<T>(
  client: PoolClient,
  mode: Mode,
  begin: string,
  task: (query: Session) => Promise<T>,
  running: Set<() => void>,
  signal: AbortSignal | undefined,
): Promise<T> {
  let released = false;
  const release = (broken: boolean) => {
    if (released) return;
    released = true;
    running.delete(abort);
    signal?.removeEventListener("abort", abort);
    // The pool listens from here on.
    client.release(broken);
    client.off("error", ignore);
  };
  const abort = () => release(true);
  client.on("error", ignore);
  running.add(abort);
  signal?.addEventListener("abort", abort);
  // With a pipeline, statements leave at once; otherwise each waits for the one before, and fails as that one did.
  const pipelined = (client as { pipeline?: boolean }).pipeline === true;
  let last: Promise<unknown> = Promise.resolve();
  let firstFailure: { readonly error: unknown } | undefined;
  const send = (sql: string, parameters?: readonly unknown[]) => {
    const run = () => client.query<Row>(sql, parameters && [...parameters]);
    const sent = pipelined ? run() : last.then(run);
    sent.catch((error: unknown) => {
      firstFailure ??= { error };
    });
    last = sent;
    return sent;
  };
  send(`begin${mode === "read" ? " read only" : ""}; ${begin}`);
  try {
    signal?.throwIfAborted();
    const result = await task(async (sql, parameters) => {
      // A text of several statements has a result for each.
      const answer = [await send(sql, parameters)].flat().at(-1);
      return { rows: answer?.rows ?? [], count: answer?.rowCount ?? 0 };
    });
    signal?.throwIfAborted();
    const committed = send("commit");
    if (mode === "write") await committed;
    committed.then(
      () => release(false),
      () => release(true),
    );
    return result;
  } catch (error) {
    // Statements after a failed one only report that the transaction is aborted. The first failure says why.
    const cause = firstFailure ? firstFailure.error : error;
    // The server's own errors have a severity. Without one it did not answer, and the connection is thrown away.
    const answered = typeof (cause as { severity?: unknown } | undefined)?.severity === "string";
    const clean = answered && !released && (await client.query("rollback").then(Boolean, () => false));
    release(!clean || lacksMembership(cause));
    throw cause;
  }
}

/**
 * Listens to the errors of connections, since one that nobody listens to ends the process. A connection that breaks also rejects its
 * query, and an idle one is replaced when it is needed.
 */
function ignore(): void {}
