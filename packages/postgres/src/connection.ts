/** Runs transactions. Nothing is kept between them, so that a transaction pooler may stand in between. */
export interface Connection {
  /** Whether nobody else can connect with other rights. */
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

/** A transaction that reads may write nothing, and its caller need not wait for its end. */
export type Mode = "read" | "write";

/**
 * One transaction. Values travel as parameters, `$1` and on, and never become part of the text. A text without parameters may
 * hold several statements.
 */
export type Session = (sql: string, parameters?: readonly unknown[]) => Promise<Result>;

/** What a statement did, or the last one of several. */
export interface Result {
  readonly rows: readonly Row[];
  /** How many rows it wrote. */
  readonly count: number;
}

/** A row as either driver returns it. */
export type Row = Record<string, unknown>;
