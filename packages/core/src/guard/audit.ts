import { LociError } from "../errors/loci-error.ts";
import type { Call } from "../input/options.ts";
import { type ParsedScope, scopeOf } from "../scope/parse-scope.ts";
import type { Scope } from "../scope/scope.ts";

/** What a memory can be asked to do. */
export type Operation =
  | "add"
  | "search"
  | "context"
  | "get"
  | "getMany"
  | "list"
  | "history"
  | "update"
  | "updateMany"
  | "delete"
  | "deleteMany"
  | "deleteAll"
  | "forget"
  | "planForget"
  | "extractPending"
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
  | "cancelMigration";

/** One operation, for an audit log: who did what, where, and how it ended. Never a text, an id of a memory or a query. */
export interface AuditEvent {
  readonly operation: Operation;
  /** Who did it, where the call said so. */
  readonly actor?: string;
  /** The scope that the operation was called with. */
  readonly scope: Readonly<Partial<Scope>>;
  /** When it began. */
  readonly at: Date;
  /** How long it took, in milliseconds. */
  readonly duration: number;
  readonly outcome: "succeeded" | "failed" | "aborted";
  /** Of what failed: the error's code, or its class where it is none of Loci's. */
  readonly code?: string;
  /**
   * Of what succeeded: how many memories, by what became of them (`found`, `added`, `updated`, `superseded`, `closed`,
   * `unchanged`, `deleted`, `imported`, `exported`, `copied`), and with inference `calls`, `inputTokens`, `outputTokens`, `rejected`.
   */
  readonly counts: Readonly<Record<string, number>>;
}

/** Is told of every operation when it is over. */
export type AuditListener = (event: AuditEvent) => void;

/** Tells listeners of every operation that came past the checks of its input. */
export class Audit {
  readonly #listeners = new Set<AuditListener>();

  /** @returns a function that ends the subscription */
  subscribe(listener: AuditListener): () => void {
    // A listener that is subscribed twice is told twice, and each subscription ends by itself.
    const own: AuditListener = (event) => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Runs an operation, and tells of it. */
  async record<T>(
    operation: Operation,
    scope: ParsedScope,
    { actor }: Call,
    run: () => Promise<T>,
  ): Promise<T> {
    if (this.#listeners.size === 0) return run();
    const at = new Date();
    const start = performance.now();
    const emit = (how: Pick<AuditEvent, "outcome" | "code" | "counts">) =>
      this.#emit({
        operation,
        ...(actor === undefined ? {} : { actor }),
        scope: scopeOf(scope),
        at,
        duration: performance.now() - start,
        ...how,
      });
    try {
      const result = await run();
      emit({ outcome: "succeeded", counts: countsOf(result) });
      return result;
    } catch (error) {
      const isAbort = error instanceof Error && error.name === "AbortError";
      const code = LociError.isInstance(error) ? error.code : error instanceof Error ? error.name : "unknown";
      emit({ outcome: isAbort ? "aborted" : "failed", code, counts: {} });
      throw error;
    }
  }

  #emit(event: AuditEvent): void {
    Object.freeze(event.counts);
    Object.freeze(event);
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        // The operation is over, and a log that is full does not undo it.
        console.error("[loci] A listener of audit events failed:", error);
      }
    }
  }
}

/** How many of what an operation answered with. */
function countsOf(result: unknown): Record<string, number> {
  if (Array.isArray(result)) {
    const [first] = result;
    return isWrite(first) ? byStatus(result) : { found: result.filter((item) => item !== null).length };
  }
  if (typeof result !== "object" || result === null) return {};
  const { results, extraction, kind, memories, copied, deleted } = result as Readonly<
    Record<string, unknown>
  >;
  if (Array.isArray(results)) {
    return {
      ...byStatus(results),
      ...(typeof extraction === "object" && extraction !== null ? numbersOf(extraction) : {}),
    };
  }
  if (typeof memories === "number" && typeof copied === "number") return { found: memories, copied };
  if (Array.isArray(memories)) return { found: memories.length };
  if (typeof memories === "number") return kind === "plan" ? { found: memories } : { deleted: memories };
  if (memories === null) return { deleted: 0 };
  return typeof deleted === "number" ? { deleted } : numbersOf(result);
}

function isWrite(item: unknown): boolean {
  return typeof item === "object" && item !== null && "status" in item;
}

function byStatus(results: readonly unknown[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of results) {
    const { status } = item as { readonly status: string };
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

function numbersOf(object: object): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, value] of Object.entries(object)) {
    if (name === "rejected" && Array.isArray(value)) counts[name] = value.length;
    if (typeof value === "number" && name !== "tokens") counts[name] = value;
  }
  return counts;
}
