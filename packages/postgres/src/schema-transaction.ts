import { type DriverQuery, NamespaceNotFoundError } from "@loci/core/store";
import type { Connection, Mode, Session } from "./connection.ts";
import { lacksMembership } from "./lacks-membership.ts";
import type { SchemaFacts } from "./schema-facts.ts";
import { lockScope } from "./scope-lock.ts";

/**
 * Runs a task in a transaction of a namespace: as its role, which sees its own schema and nothing else, and of that what is in the
 * scope filter. `counted`: how many rows autovacuum has counted, -1 before it did.
 */
export type SchemaTransaction = <T>(
  mode: Mode,
  query: Pick<DriverQuery<unknown>, "scope" | "signal">,
  task: (session: Session, counted: Promise<number>) => Promise<T>,
) => Promise<T>;

/** @param made which of the schemas under this name the transactions are for */
export function schemaTransactions(
  connection: Connection,
  { key, role, vectorSchema }: SchemaFacts,
  made: number,
): SchemaTransaction {
  const assertMade = (found: number) => {
    if (found === made) return;
    throw new NamespaceNotFoundError(`The schema ${key} was dropped, and made again.`, { namespace: key });
  };
  const begin = `set local role ${role}; ${searchPath(vectorSchema)}`;
  return async (mode, { scope, signal }, task) => {
    const run = () =>
      connection.transaction(
        mode,
        begin,
        async (session) => {
          const locked = lockScope(session, key, scope);
          const counted = locked.then((one) => one.counted);
          const [{ made: found }, result] = await Promise.all([locked, task(session, counted), counted]);
          assertMade(found);
          return result;
        },
        signal,
      );
    // What was refused its role has done nothing. Each attempt has another connection.
    for (let attempt = 1; attempt < maxAttempts; attempt++) {
      try {
        return await run();
      } catch (error) {
        if (!lacksMembership(error)) throw error;
      }
    }
    return run();
  };
}

/** How often a transaction is begun whose session does not know its membership. */
const maxAttempts = 3;

/** Our SQL names every table with its schema; only pgvector's type and operators are looked for. */
export function searchPath(vectorSchema = "public"): string {
  return `set local search_path = ${vectorSchema}`;
}
