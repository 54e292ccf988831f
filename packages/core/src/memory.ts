import { buildEngine, type Engine } from "./build-engine.ts";
import type { LedgerEntry } from "./erasure/receipt.ts";
import { InvalidInputError } from "./errors/invalid-input-error.ts";
import type { AuditListener } from "./guard/audit.ts";
import type { AddInput } from "./input/messages.ts";
import {
  type AddOptions,
  type CallOptions,
  type ContextOptions,
  callOptions,
  type ListOptions,
  type MemoryPatch,
  type OrganizationsOptions,
  parseOptions,
  type ReadOptions,
  type SearchOptions,
} from "./input/options.ts";
import { MemoryScope } from "./memory-scope.ts";
import {
  type CheckedMemoryOptions,
  type MemoryOptions,
  parseMemoryOptions,
} from "./options/memory-options.ts";
import { Organization } from "./organization.ts";
import type { AddResult } from "./records/add-result.ts";
import { openCursor, sealCursor } from "./records/cursor.ts";
import type { DeleteResult } from "./records/delete-result.ts";
import type { HistoryEntry } from "./records/history-entry.ts";
import type { MemoryContext } from "./records/memory-context.ts";
import type { MemoryItem, MemoryPage } from "./records/memory-item.ts";
import type { SearchResult } from "./records/search-result.ts";
import type { WriteResult } from "./records/write-result.ts";
import { isScopeKey, type ParsedScope, parseScope, readOnce } from "./scope/parse-scope.ts";
import type { ScopeFor, Tenancy } from "./scope/scope.ts";
import type { OrganizationEntry } from "./tenancy/tenant-registry.ts";
import { defaultTimings, type Timings } from "./util/timings.ts";

/** The last argument of a flat call: scope and options in one object, optional where there is no organization. */
export type ScopeArgument<T extends Tenancy, Options> = T extends "single"
  ? [scope?: ScopeFor<T> & Options]
  : [scope: ScopeFor<T> & Options];

/** The argument that names an organization; with single tenancy there is none to name. */
export type OrganizationArgument<T extends Tenancy> = T extends "single" ? [] : [orgId: string];

/** One page of organizations. */
export interface OrganizationPage {
  /** Those onboarded last first. */
  readonly organizations: readonly OrganizationEntry[];
  /** Where the next page starts; absent on the last. */
  readonly cursor?: string;
}

interface Listed<Entry> {
  readonly entries: readonly Entry[];
  readonly cursor?: string;
}

/** One page of the ledger of receipts. */
export interface LedgerPage {
  /** Those given last first. */
  readonly receipts: readonly LedgerEntry[];
  /** Where the next page starts; absent on the last. */
  readonly cursor?: string;
}

/**
 * The memory of an application. Each organization's memories live in a namespace of their own in the store, and
 * every operation on memories goes through a handle that is bound to one scope: take one with `scope()`, or give
 * the scope with each call, which takes one for you.
 */
export class Memory<T extends Tenancy = "multi"> {
  readonly #options: CheckedMemoryOptions;
  readonly #engine: Engine;

  /**
   * Opens nothing yet: the store is first touched by the first call.
   * @throws InvalidInputError for a broken option, InsufficientIsolationError when the store separates
   * organizations less strictly than `isolation` demands, UnsupportedError when nothing could be searched
   */
  constructor(options: MemoryOptions<T>);
  /** @internal Only tests wait for less than the default. */
  constructor(options: MemoryOptions<T>, timings: Timings);
  constructor(options: MemoryOptions<T>, timings: Timings = defaultTimings) {
    const checked = parseMemoryOptions(options);
    this.#options = checked;
    this.#engine = buildEngine(checked, timings);
  }

  /**
   * A handle bound to one scope, which can reach nothing else.
   * @throws InvalidScopeError
   */
  scope(...[scope]: ScopeArgument<T, object>): MemoryScope {
    return new MemoryScope(this.#engine, this.#parseScope(readOnce(scope ?? {}, "scope")));
  }

  /**
   * A handle on one organization as its administrator sees it; with single tenancy on the only one.
   * @throws InvalidScopeError
   */
  organization(...[orgId]: OrganizationArgument<T>): Organization {
    const isNamed = orgId !== undefined || this.#options.tenancy === "multi";
    const scope = this.#parseScope(new Map(isNamed ? [["orgId", orgId]] : []));
    return new Organization(this.#engine, scope);
  }

  /** {@link MemoryScope.add} */
  async add(input: AddInput, ...[scope]: ScopeArgument<T, AddOptions>): Promise<AddResult> {
    const [handle, options] = this.#bind(scope);
    return handle.add(input, options);
  }

  /** {@link MemoryScope.search} */
  async search(query: string, ...[scope]: ScopeArgument<T, SearchOptions>): Promise<readonly SearchResult[]> {
    const [handle, options] = this.#bind(scope);
    return handle.search(query, options);
  }

  /** {@link MemoryScope.context} */
  async context(query: string, ...[scope]: ScopeArgument<T, ContextOptions>): Promise<MemoryContext> {
    const [handle, options] = this.#bind(scope);
    return handle.context(query, options);
  }

  /** {@link MemoryScope.get} */
  async get(id: string, ...[scope]: ScopeArgument<T, ReadOptions>): Promise<MemoryItem | null> {
    const [handle, options] = this.#bind(scope);
    return handle.get(id, options);
  }

  /** {@link MemoryScope.getAll} */
  async list(...[scope]: ScopeArgument<T, ListOptions>): Promise<MemoryPage> {
    const [handle, options] = this.#bind(scope);
    return handle.list(options);
  }

  /** {@link MemoryScope.update} */
  async update(
    id: string,
    patch: MemoryPatch,
    ...[scope]: ScopeArgument<T, CallOptions>
  ): Promise<WriteResult> {
    const [handle, options] = this.#bind(scope);
    return handle.update(id, patch, options);
  }

  /** {@link MemoryScope.delete} */
  async delete(id: string, ...[scope]: ScopeArgument<T, CallOptions>): Promise<DeleteResult> {
    const [handle, options] = this.#bind(scope);
    return handle.delete(id, options);
  }

  /** {@link MemoryScope.deleteAll} */
  async deleteAll(...[scope]: ScopeArgument<T, CallOptions>): Promise<DeleteResult> {
    const [handle, options] = this.#bind(scope);
    return handle.deleteAll(options);
  }

  /** {@link MemoryScope.history} */
  async history(id: string, ...[scope]: ScopeArgument<T, CallOptions>): Promise<readonly HistoryEntry[]> {
    const [handle, options] = this.#bind(scope);
    return handle.history(id, options);
  }

  /**
   * The ledger of the deployment's receipts, the last first, page by page. It says that there were receipts, and
   * whom they are about only to whoever has them: `verifyReceipts` compares the two.
   */
  async receipts(options: OrganizationsOptions = {}): Promise<LedgerPage> {
    const { entries, ...rest } = await this.#page("receipts", options, (...page) =>
      this.#engine.ledger.list(...page),
    );
    return { receipts: entries, ...rest };
  }

  /**
   * The organizations of this deployment, page by page, read from its directory. Offboarded ones are listed as
   * `gone`. A page may have fewer entries than `limit`.
   */
  async organizations(options: OrganizationsOptions = {}): Promise<OrganizationPage> {
    const { entries, ...rest } = await this.#page("organizations", options, (...page) =>
      this.#engine.registry.list(...page),
    );
    return { organizations: entries, ...rest };
  }

  /**
   * Tells of every operation from now on, when it is over: for audit logs and metrics. An event has scope, counts,
   * duration and outcome, never a text. What is refused before any I/O, as bad input is, is no operation.
   * @returns a function that ends the subscription
   */
  subscribe(listener: AuditListener): () => void {
    if (typeof listener !== "function") {
      throw new InvalidInputError("listener must be a function.", { path: "listener" });
    }
    return this.#engine.guard.audit.subscribe(listener);
  }

  /** Releases the store's files and connections. Every later call throws `ClosedError`. Idempotent. */
  async close(): Promise<void> {
    this.#engine.guard.close();
    const { regions, registry } = this.#options;
    const stores = new Set([
      ...regions.flatMap(({ cells }) => [...cells.values()].map(({ store }) => store)),
      registry,
    ]);
    await Promise.all([...stores].map((store) => store.close()));
  }

  /** One page of what the directory lists, with a cursor that continues this listing and no other. */
  async #page<Entry>(
    what: string,
    options: OrganizationsOptions,
    list: (limit: number, position: string | undefined, signal: CallOptions) => Promise<Listed<Entry>>,
  ): Promise<Listed<Entry>> {
    this.#engine.guard.assertOpen();
    const entries = readOnce(options, "options");
    const { limit = 100, cursor, signal } = parseOptions(entries, ["limit", "cursor", ...callOptions]);
    const binding = [what, this.#options.deployment];
    const position = cursor === undefined ? undefined : openCursor(cursor, binding);
    const page = await list(limit, position, signal ? { signal } : {});
    return {
      entries: page.entries,
      ...(page.cursor === undefined ? {} : { cursor: sealCursor(page.cursor, binding) }),
    };
  }

  #parseScope(entries: ReadonlyMap<PropertyKey, unknown>): ParsedScope {
    return parseScope(entries, this.#options.tenancy);
  }

  /** Parts the one object of a flat call into the scope, which binds a handle, and the options. */
  #bind(scope: unknown): [MemoryScope, Record<PropertyKey, unknown>] {
    const single = this.#options.tenancy === "single";
    const entries = readOnce(scope === undefined && single ? {} : scope, "scope");
    const parsed = this.#parseScope(
      new Map([...entries].filter(([key]) => isScopeKey(key) || !isOption(key))),
    );
    const options = Object.fromEntries([...entries].filter(([key]) => isOption(key)));
    return [new MemoryScope(this.#engine, parsed), options];
  }
}

const optionNames: readonly PropertyKey[] = [
  ...callOptions,
  "metadata",
  "expiresAt",
  "supersedes",
  "timestamp",
  "infer",
  "onExtractionFailure",
  "maxTokens",
  "asOf",
  "levels",
  "filter",
  "limit",
  "threshold",
  "explain",
  "cursor",
];

function isOption(key: PropertyKey): boolean {
  return optionNames.includes(key);
}
