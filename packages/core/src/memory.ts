import { buildEngine, type Engine } from "./build-engine.ts";
import type { LedgerEntry, LedgerPage } from "./erasure/receipt.ts";
import { InvalidInputError } from "./errors/invalid-input-error.ts";
import { InvalidScopeError } from "./errors/invalid-scope-error.ts";
import type { AuditEvent, AuditListener, OperationStart } from "./guard/audit.ts";
import { type AddOptions, addOptions } from "./input/add-options.ts";
import { type CallOptions, callOptions, signalOf } from "./input/call-options.ts";
import { type ContextOptions, contextOptions } from "./input/context-options.ts";
import { type DayOptions, dayOptions } from "./input/day-options.ts";
import type { IdOrKey } from "./input/id-or-key.ts";
import { type ListOptions, listOptions } from "./input/list-options.ts";
import type { MemoryPatch } from "./input/memory-patch.ts";
import type { AddInput } from "./input/messages.ts";
import { type OptionTable, parseOptions } from "./input/option-table.ts";
import { type OrganizationsOptions, organizationsOptions } from "./input/organizations-options.ts";
import { type PingOptions, pingOptions } from "./input/ping-options.ts";
import { type QueryOptions, queryOptions } from "./input/query-options.ts";
import { type ReadOptions, readOptions } from "./input/read-options.ts";
import { type SearchOptions, searchOptions } from "./input/search-options.ts";
import { splitFlat } from "./input/split-flat.ts";
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
import { parseScope, readScope } from "./scope/parse-scope.ts";
import type { ScopeFor, Tenancy } from "./scope/scope.ts";
import { type PingReport, ping } from "./tenancy/ping.ts";
import type { OrganizationEntry } from "./tenancy/tenant-registry.ts";
import { each } from "./util/each.ts";
import type { Follower } from "./util/observers.ts";
import type { Step, StepEnd } from "./util/steps.ts";
import { defaultTimings, type Timings } from "./util/timings.ts";

/** The last argument of a flat call: scope and options in one object, optional where there is no organization. */
type ScopeArgument<T extends Tenancy, Options> = T extends "single"
  ? [scope?: ScopeFor<T> & Options]
  : [scope: ScopeFor<T> & Options];

/**
 * The memory of an application. Each organization's memories live in a namespace of their own in the store. Take a
 * handle with `scope()`, which can reach nothing else, and call its methods; or call the same methods here, and give
 * the scope with each call. `organization()` is the handle of an administrator.
 *
 * Every method checks its input before any I/O. It throws `InvalidScopeError` for a missing or broken scope,
 * `InvalidInputError` for a misspelt or broken option, `OrganizationGoneError` after the organization was offboarded,
 * and `ClosedError` after `close()`.
 * @example
 * ```ts
 * const memory = new Memory({ store: inMemory() });
 * const alice = memory.scope({ orgId: "acme", userId: "alice" });
 * await alice.add("I moved to Berlin");
 * const [best] = await alice.search("Where does she live?");
 * ```
 */
export class Memory<T extends Tenancy = "multi"> {
  readonly #options: CheckedMemoryOptions;
  readonly #engine: Engine;

  /**
   * Opens nothing yet: the first call opens the store.
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
   * @param scope `orgId`, and `userId`, `agentId` or `runId` to narrow it; each 1 to 256 UTF-8 bytes
   * @throws InvalidScopeError
   */
  scope(...[scope]: ScopeArgument<T, object>): MemoryScope {
    const { tenancy } = this.#options;
    return new MemoryScope(this.#engine, parseScope(readScope(scope ?? {}, tenancy), tenancy));
  }

  /**
   * A handle on one organization as its administrator sees it; with single tenancy on the only one.
   * @param orgId the id itself, 1 to 256 UTF-8 bytes
   * @throws InvalidScopeError
   */
  organization(...[orgId]: T extends "single" ? [] : [orgId: string]): Organization {
    if (typeof orgId === "object")
      throw new InvalidScopeError('organization takes the id itself, as in memory.organization("acme").');
    const { tenancy } = this.#options;
    const isNamed = orgId !== undefined || tenancy === "multi";
    const scope = parseScope(new Map(isNamed ? [["orgId", orgId]] : []), tenancy);
    return new Organization(this.#engine, scope);
  }

  /**
   * Remembers a text, or the messages of a conversation, at exactly this scope. With a language model, they are turned
   * into facts; without one, or with `infer: false`, each message is stored as one memory. The same text is stored once.
   * @param given the scope, and the options beside it
   * @throws as `add` of a handle: among others ModelError, PartialWriteError, StorageFullError, ExtractionError
   */
  async add(input: AddInput, ...given: ScopeArgument<T, AddOptions>): Promise<AddResult> {
    const [handle, options] = this.#split(given, addOptions);
    return handle.add(input, options);
  }

  /**
   * The memories that this scope sees, the most relevant first: by meaning and keywords with an embedder, by keywords
   * without one. 10 by default.
   * @param query 1 to 65,536 UTF-8 bytes
   * @param given the scope, and the options beside it
   * @throws InvalidFilterError, EmbedderMismatchError, InvalidEmbeddingError, InvalidRankingError, ModelError
   */
  async search(query: string, ...given: ScopeArgument<T, SearchOptions>): Promise<readonly SearchResult[]> {
    const [handle, options] = this.#split(given, searchOptions);
    return handle.search(query, options);
  }

  /**
   * What `search` finds, as text for a system prompt: the most relevant memories that fit into `maxTokens` (1,000 by
   * default), one a line, the most relevant at both ends, between tags that no memory can close.
   * @param query 1 to 65,536 UTF-8 bytes
   * @param given the scope, and the options beside it
   * @throws as `search`
   */
  async context(query: string, ...given: ScopeArgument<T, ContextOptions>): Promise<MemoryContext> {
    const [handle, options] = this.#split(given, contextOptions);
    return handle.context(query, options);
  }

  /**
   * The memory with this id or key, or null when this scope sees none. It may be one that was superseded.
   * @param given the scope, and the options beside it
   */
  async get(id: IdOrKey, ...given: ScopeArgument<T, ReadOptions>): Promise<MemoryItem | null> {
    const [handle, options] = this.#split(given, readOptions);
    return handle.get(id, options);
  }

  /**
   * Every memory that this scope sees, from newest to oldest, page by page: 100 a page by default. A page with a
   * `cursor` is not the last one.
   * @param given the scope, and the options beside it
   * @throws InvalidFilterError; InvalidCursorError for a cursor of another listing
   */
  async list(...given: ScopeArgument<T, ListOptions>): Promise<MemoryPage> {
    const [handle, options] = this.#split(given, listOptions);
    return handle.list(options);
  }

  /**
   * How many memories this scope sees.
   * @param given the scope, and the options beside it
   * @throws InvalidFilterError
   */
  async count(...given: ScopeArgument<T, QueryOptions>): Promise<number> {
    const [handle, options] = this.#split(given, queryOptions);
    return handle.count(options);
  }

  /**
   * Changes the memory with this id, or with this key at exactly this scope. Its former text stays in its history.
   * @param given the scope, and the options beside it
   * @throws InvalidMetadataError; MemoryNotFoundError for an id or key that does not exist or that this scope may not change
   */
  async update(
    id: IdOrKey,
    patch: MemoryPatch,
    ...given: ScopeArgument<T, DayOptions>
  ): Promise<WriteResult> {
    const [handle, options] = this.#split(given, dayOptions);
    return handle.update(id, patch, options);
  }

  /**
   * Deletes the memory with this id, or with this key at exactly this scope, and its history. `deleted` is 0 when there is none.
   * @param given the scope, and the options beside it
   */
  async delete(id: IdOrKey, ...given: ScopeArgument<T, CallOptions>): Promise<DeleteResult> {
    const [handle, options] = this.#split(given, callOptions);
    return handle.delete(id, options);
  }

  /**
   * Deletes every memory at this scope and below it.
   * @param given the scope, and the options beside it
   */
  async deleteAll(...given: ScopeArgument<T, CallOptions>): Promise<DeleteResult> {
    const [handle, options] = this.#split(given, callOptions);
    return handle.deleteAll(options);
  }

  /**
   * How the memory with this id or key changed, oldest first; empty when this scope sees none.
   * @param given the scope, and the options beside it
   */
  async history(id: IdOrKey, ...given: ScopeArgument<T, CallOptions>): Promise<readonly HistoryEntry[]> {
    const [handle, options] = this.#split(given, callOptions);
    return handle.history(id, options);
  }

  /**
   * The organizations of this deployment, onboarded last first, page by page: 100 a page by default. Offboarded ones are
   * listed as `gone`. A page may have fewer entries than `limit`; one without a `cursor` is the last.
   * @throws InvalidCursorError
   */
  async organizations(options: OrganizationsOptions = {}): Promise<OrganizationPage> {
    const { entries, ...rest } = await this.#page("organizations", options, (...page) =>
      this.#engine.registry.list(...page),
    );
    return { organizations: entries, ...rest };
  }

  /** The same without pages: `for await (const { orgId } of memory.allOrganizations())`. @throws as `organizations` */
  allOrganizations(options: OrganizationsOptions = {}): AsyncGenerator<OrganizationEntry, void, undefined> {
    this.#engine.guard.assertOpen();
    parseOptions(options, organizationsOptions);
    return each(
      (cursor) => this.organizations({ ...options, ...cursor }),
      ({ organizations }) => organizations,
    );
  }

  /**
   * The ledger of the deployment's receipts, the last first, page by page: 100 a page by default. It says that there were
   * receipts, and nothing about whom: `verifyReceipts` compares it with the receipts themselves.
   * @throws InvalidCursorError
   */
  async receipts(options: OrganizationsOptions = {}): Promise<LedgerPage> {
    const { entries, ...rest } = await this.#page("receipts", options, (...page) =>
      this.#engine.ledger.list(...page),
    );
    return { receipts: entries, ...rest };
  }

  /** The same without pages: `for await (const entry of memory.allReceipts())`. @throws as `receipts` */
  allReceipts(options: OrganizationsOptions = {}): AsyncGenerator<LedgerEntry, void, undefined> {
    this.#engine.guard.assertOpen();
    parseOptions(options, organizationsOptions);
    return each(
      (cursor) => this.receipts({ ...options, ...cursor }),
      ({ receipts }) => receipts,
    );
  }

  /**
   * Asks every store to read something, and with `models: true` every embedder and language model who they are: for a check of readiness.
   * @throws the typed error of the first that fails, or that does not answer within `timeout` (5 seconds by default)
   */
  async ping(options: PingOptions = {}): Promise<PingReport> {
    const { guard, regions, registryStore } = this.#engine;
    guard.assertOpen();
    const { models = false, timeout = 5000, signal } = parseOptions(options, pingOptions);
    signal?.throwIfAborted();
    const asked = { models, timeout, signal };
    return guard.run(() => ping(registryStore, regions, this.#options.deployment, asked));
  }

  /**
   * Calls a listener with every operation when it has ended, for audit logs and metrics. An event has scope, counts,
   * duration and outcome, never a text. A call whose input is refused is no operation.
   * @returns a function that ends the subscription
   */
  subscribe(listener: AuditListener): () => void {
    if (typeof listener !== "function") {
      throw new InvalidInputError("listener must be a function.", { path: "listener" });
    }
    return this.#engine.guard.audit.add(() => ({ ended: listener }));
  }

  /**
   * Follows each operation from its beginning, and each call of a store, an embedder, a language model or a reranker in it: for the spans of
   * traces. What an observer throws harms no operation.
   * @returns a function that ends the observation
   */
  observe(observer: MemoryObserver): () => void {
    const { operation, step } = observer;
    for (const [name, follow] of Object.entries({ operation, step })) {
      if (follow !== undefined && typeof follow !== "function")
        throw new InvalidInputError(`observer.${name} must be a function.`, { path: `observer.${name}` });
    }
    const { audit, steps } = this.#engine.guard;
    const ends = [operation && audit.add(operation), step && steps.add(step)];
    return () => {
      for (const end of ends) end?.();
    };
  }

  /** Refuses later calls with `ClosedError`, waits up to 10 seconds for those that run, and releases the store. Can be repeated. */
  async close(): Promise<void> {
    await this.#engine.guard.close();
    const { regions, registry } = this.#options;
    const stores = new Set([
      ...regions.flatMap(({ cells }) => [...cells.values()].map(({ store }) => store)),
      registry,
    ]);
    await Promise.all([...stores].map((store) => store.close()));
  }

  /** Splits the one object of a flat call into the scope, which binds a handle, and the options. */
  #split<Options extends object>(
    given: readonly unknown[],
    table: OptionTable<Options>,
  ): [MemoryScope, Options] {
    const flat = splitFlat(given, table, this.#options.tenancy);
    return [new MemoryScope(this.#engine, flat.scope), flat.options];
  }

  /** One page of what the registry lists, with a cursor that continues this listing and no other. */
  async #page<Entry>(
    what: string,
    options: OrganizationsOptions,
    list: (limit: number, position: string | undefined, signal: CallOptions) => Promise<Listed<Entry>>,
  ): Promise<Listed<Entry>> {
    const { guard } = this.#engine;
    guard.assertOpen();
    const { limit = 100, cursor, ...call } = parseOptions(options, organizationsOptions);
    const binding = [what, this.#options.deployment];
    const position = cursor === undefined ? undefined : await openCursor(cursor, binding);
    const page = await guard.run(() => list(limit, position, signalOf(call)));
    return {
      entries: page.entries,
      ...(page.cursor === undefined ? {} : { cursor: await sealCursor(page.cursor, binding) }),
    };
  }
}

/**
 * Follows what a memory does, from its beginning to its end. It is never given a text.
 * @example
 * ```ts
 * const observer: MemoryObserver = {
 *   step: ({ kind, part }) => {
 *     const start = performance.now();
 *     return { ended: ({ code }) => console.log(kind, part, performance.now() - start, code ?? "ok") };
 *   },
 * };
 * const end = memory.observe(observer);
 * ```
 */
export interface MemoryObserver {
  /** Called when an operation begins. */
  readonly operation?: (started: OperationStart) => Follower<AuditEvent> | undefined;
  /** Called when a part that the application has given is called. Within an operation, inside what follows that. */
  readonly step?: (step: Step) => Follower<StepEnd> | undefined;
}

/**
 * One page of organizations.
 * @example
 * ```ts
 * const { organizations, cursor }: OrganizationPage = await memory.organizations();
 * ```
 */
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
