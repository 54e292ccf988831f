import type { Connection, Mode, Session } from "./connection.ts";
import { readServerFacts, type ServerFacts } from "./server-facts.ts";

/** One database: its transactions, each with the role that it needs. */
export class Database {
  readonly #connection: Connection;
  #facts: Promise<ServerFacts> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** A transaction as a namespace's role, which sees its own schema and nothing else. */
  async asRole<T>(role: string, mode: Mode, signal: AbortSignal, task: Task<T>): Promise<T> {
    const facts = await this.#serverFacts();
    const begin = `set local role ${role}; ${searchPath(facts)}`;
    return this.#connection.transaction(mode, begin, (query) => task(query, facts), signal);
  }

  /** A transaction as the role that connects, for creating and dropping. */
  async asOwner<T>(signal: AbortSignal, task: Task<T>): Promise<T> {
    const facts = await this.#serverFacts();
    return this.#connection.transaction("write", searchPath(facts), (query) => task(query, facts), signal);
  }

  /** Asks the server again, where what was asked once may have changed. */
  forgetFacts(): void {
    this.#facts = undefined;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Looks once at the server. The next call asks again after a failure. */
  #serverFacts(): Promise<ServerFacts> {
    this.#facts ??= this.#connection
      .transaction("read", "", (query) => readServerFacts(query, this.#connection.embedded))
      .catch((error: unknown) => {
        this.#facts = undefined;
        throw error;
      });
    return this.#facts;
  }
}

type Task<T> = (query: Session, facts: ServerFacts) => Promise<T>;

/** Our SQL names every table with its schema; only pgvector's type and operators are looked for. */
function searchPath({ vectorSchema = "public" }: ServerFacts): string {
  return `set local search_path = "${vectorSchema.replaceAll('"', '""')}"`;
}
