import type { Call } from "../input/call-options.ts";
import { type ParsedScope, scopeOf } from "../scope/parse-scope.ts";
import type { Scope } from "../scope/scope.ts";
import { type Follower, Observers, runWithin, tellEnd } from "../util/observers.ts";
import { codeOf, nameOf } from "../util/thrown.ts";

/** What an audit event can report, by the name of its method. */
export type Operation =
  | "add"
  | "search"
  | "context"
  | "get"
  | "getMany"
  | "list"
  | "count"
  | "history"
  | "update"
  | "updateMany"
  | "delete"
  | "deleteMany"
  | "deleteAll"
  | "forget"
  | "planForget"
  | "extractPending"
  | "pending"
  | "export"
  | "import"
  | "onboard"
  | "offboard"
  | "planOffboarding"
  | "move"
  | "reembed"
  | "planReembedding"
  | "confirm"
  | "revert"
  | "rotateKey"
  | "cancelMigration"
  | "namespaces"
  | "scopes";

/** How many of what. */
export type Counts = Readonly<Record<string, number>>;

/**
 * One operation, for an audit log: who did what, where, and how it ended. It never holds a text, an id of a memory or a
 * query.
 * @example
 * ```ts
 * memory.subscribe(({ operation, scope, outcome, counts }: AuditEvent) => {
 *   console.log(operation, scope, outcome, counts); // search { orgId: 'acme' } succeeded { found: 3 }
 * });
 * ```
 */
export interface AuditEvent {
  /** The method that was called. */
  readonly operation: Operation;
  /** Who called, where the call said so. */
  readonly actor?: string;
  /** The scope that the operation was called with. */
  readonly scope: Readonly<Partial<Scope>>;
  /** When it began. */
  readonly at: Date;
  /** How long it took, in milliseconds. Of an export, until the stream ended. */
  readonly duration: number;
  /** `aborted`: by its signal, or because the reader of an export's stream canceled it. */
  readonly outcome: "succeeded" | "failed" | "aborted";
  /** Why it did not succeed: the error's code, or its class where it is none of Loci's. */
  readonly code?: string;
  /**
   * How many memories, by what became of them (`found`, `added`, `updated`, `superseded`, `closed`, `unchanged`,
   * `deleted`, `imported`, `exported`, `copied`), and with inference `calls`, `inputTokens`, `outputTokens`, `rejected`;
   * `rerankFailed` is 1 where a search was answered without its reranker, whose server failed. Empty for what did not succeed, except of an export: what was exported until then.
   */
  readonly counts: Counts;
}

/**
 * Called with each operation when it has ended.
 * @example
 * ```ts
 * const log: AuditListener = (event) => console.log(JSON.stringify(event));
 * const unsubscribe = memory.subscribe(log);
 * ```
 */
export type AuditListener = (event: AuditEvent) => void;

/** An operation as its event reports it: its name, and how many of what its result says. */
export interface Reported<T> {
  readonly name: Operation;
  readonly counts: (result: T) => Counts;
}

/** A running operation, which reports its own end. */
export interface RunningOperation {
  succeeded(counts: Counts): void;
  /** @param error an `AbortError` means that it was aborted */
  failed(error: unknown, counts?: Counts): void;
}

/** An operation that begins. */
export interface OperationStart {
  /** The method that was called. */
  readonly operation: Operation;
  /** Who called, where the call said so. */
  readonly actor?: string;
  /** The scope that the operation was called with. */
  readonly scope: Readonly<Partial<Scope>>;
  readonly at: Date;
}

/** Tells observers of every operation that passed the checks of its input. */
export class Audit extends Observers<OperationStart, AuditEvent> {
  /** Runs an operation, and reports its end. */
  async record<T>(
    { name, counts }: Reported<T>,
    scope: ParsedScope,
    call: Call,
    run: () => Promise<T>,
  ): Promise<T> {
    const { running, followers } = this.#begin(name, scope, call);
    let result: T;
    try {
      result = await runWithin(followers, run);
    } catch (error) {
      running.failed(error);
      throw error;
    }
    running.succeeded(counts(result));
    return result;
  }

  /** Begins an operation that ends later than its method, such as an export. */
  start(operation: Operation, scope: ParsedScope, call: Call): RunningOperation {
    return this.#begin(operation, scope, call).running;
  }

  #begin(operation: Operation, scope: ParsedScope, { actor }: Call): Begun {
    const started: OperationStart = Object.freeze({
      operation,
      ...(actor === undefined ? {} : { actor }),
      scope: scopeOf(scope),
      at: new Date(),
    });
    const start = performance.now();
    const followers = this.begin(started);
    const emit = ({ counts, ...end }: Pick<AuditEvent, "outcome" | "code" | "counts">) =>
      tellEnd(
        followers,
        Object.freeze({
          ...started,
          duration: performance.now() - start,
          ...end,
          counts: Object.freeze(counts),
        }),
      );
    return {
      followers,
      running: {
        succeeded: (counts) => emit({ outcome: "succeeded", counts }),
        failed: (error, counts = {}) => {
          const isAbort = nameOf(error) === "AbortError";
          emit({ outcome: isAbort ? "aborted" : "failed", code: codeOf(error), counts });
        },
      },
    };
  }
}

interface Begun {
  readonly running: RunningOperation;
  readonly followers: readonly Follower<AuditEvent>[];
}
