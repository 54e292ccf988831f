import { buildEngine, type Engine } from "./build-engine.ts";
import type { ErasurePlan, ErasureReceipt, LedgerEntry } from "./erasure/receipt.ts";
import { InvalidInputError } from "./errors/invalid-input-error.ts";
import type { AuditListener } from "./guard/audit.ts";
import type { AddInput } from "./input/messages.ts";
import {
  type AddOptions,
  type CallOptions,
  type ContextOptions,
  callOptions,
  type ErasureOptions,
  type ExportOptions,
  type ImportOptions,
  type ListOptions,
  type MemoryPatch,
  type MigrationOptions,
  type MoveOptions,
  type OnboardOptions,
  type OptionName,
  type OrganizationsOptions,
  type ParsedOptions,
  parseOptions,
  type ReadOptions,
  type ReembedOptions,
  type SearchOptions,
  signalOf,
} from "./input/options.ts";
import { erasureOptions, exportOptions, MemoryScope, type MemoryUpdate } from "./memory-scope.ts";
import type { MigrationResult } from "./migration/migration.ts";
import type { ReembedPlan } from "./migration/migrations.ts";
import {
  type CheckedMemoryOptions,
  type MemoryOptions,
  parseMemoryOptions,
} from "./options/memory-options.ts";
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
import { exportDump } from "./transfer/export-dump.ts";
import type { ImportResult } from "./transfer/import-result.ts";
import type { DumpSource } from "./transfer/read-dump.ts";

/** The last argument of a flat call: scope and options in one object, optional where there is no organization. */
export type ScopeArgument<T extends Tenancy, Options> = T extends "single"
  ? [scope?: ScopeFor<T> & Options]
  : [scope: ScopeFor<T> & Options];

/** Which organization an operation is about, and its options; with single tenancy only the options. */
export type OrganizationArgumentWith<T extends Tenancy, Options> = T extends "single"
  ? [options?: Options]
  : [organization: { readonly orgId: string } & Options];
/** The same, where there are no options but a signal. */
export type OrganizationArgument<T extends Tenancy> = OrganizationArgumentWith<T, CallOptions>;

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
  constructor(options: MemoryOptions<T>) {
    const checked = parseMemoryOptions(options);
    this.#options = checked;
    this.#engine = buildEngine(checked);
  }

  /**
   * A handle bound to one scope, which can reach nothing else.
   * @throws InvalidScopeError
   */
  scope(...[scope]: ScopeArgument<T, object>): MemoryScope {
    return new MemoryScope(this.#engine, this.#parseScope(readOnce(scope ?? {}, "scope")));
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

  /** {@link MemoryScope.reinfer} */
  async extractPending(...[scope]: ScopeArgument<T, CallOptions>): Promise<AddResult> {
    const [handle, options] = this.#bind(scope);
    return handle.extractPending(options);
  }

  /** {@link MemoryScope.get} */
  async get(id: string, ...scope: ScopeArgument<T, ReadOptions>): Promise<MemoryItem | null>;
  async get(
    ids: readonly string[],
    ...scope: ScopeArgument<T, ReadOptions>
  ): Promise<readonly (MemoryItem | null)[]>;
  async get(
    id: string | readonly string[],
    ...[scope]: ScopeArgument<T, ReadOptions>
  ): Promise<MemoryItem | null | readonly (MemoryItem | null)[]> {
    const [handle, options] = this.#bind(scope);
    return handle.get(id as string, options);
  }

  /** {@link MemoryScope.getAll} */
  async list(...[scope]: ScopeArgument<T, ListOptions>): Promise<MemoryPage> {
    const [handle, options] = this.#bind(scope);
    return handle.list(options);
  }

  /** {@link MemoryScope.update} */
  async update(
    id: string,
    changes: MemoryPatch,
    ...scope: ScopeArgument<T, CallOptions>
  ): Promise<WriteResult>;
  async update(
    updates: readonly MemoryUpdate[],
    ...scope: ScopeArgument<T, CallOptions>
  ): Promise<readonly WriteResult[]>;
  async update(first: unknown, ...rest: readonly unknown[]): Promise<WriteResult | readonly WriteResult[]> {
    const isBatch = Array.isArray(first);
    const [handle, options] = this.#bind(isBatch ? rest[0] : rest[1]);
    return isBatch
      ? handle.update(first, options)
      : handle.update(first as string, rest[0] as MemoryPatch, options);
  }

  /** {@link MemoryScope.delete} */
  async delete(
    id: string | readonly string[],
    ...[scope]: ScopeArgument<T, CallOptions>
  ): Promise<DeleteResult> {
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

  /** {@link MemoryScope.forget} */
  async forget<DryRun extends boolean = false>(
    ...[scope]: ScopeArgument<T, ErasureOptions<DryRun>>
  ): Promise<DryRun extends true ? ErasurePlan : ErasureReceipt> {
    const [handle, options] = this.#bind(scope);
    return handle.forget<DryRun>(options);
  }

  /**
   * Purges an organization: fences it off so that late writes are refused, drops its namespace in one call, and
   * looks whether it is gone. Idempotent; after a crash, call it again. With `dryRun`, says what would go.
   * @returns a receipt of what was dropped, what was checked, and what the backend still holds
   * @throws OrganizationNotFoundError when there never was such an organization; StoreError when something is left
   */
  async offboard<DryRun extends boolean = false>(
    ...[organization]: OrganizationArgumentWith<T, ErasureOptions<DryRun>>
  ): Promise<DryRun extends true ? ErasurePlan : ErasureReceipt> {
    const { scope, options } = this.#whole(organization, erasureOptions);
    const result = await this.#engine.guard.audit.record<ErasurePlan | ErasureReceipt>(
      "offboard",
      scope,
      options,
      () =>
        options.dryRun
          ? this.#engine.offboarding.plan(scope.tenant, signalOf(options))
          : this.#engine.offboarding.offboard(scope.tenant, options),
    );
    return result as DryRun extends true ? ErasurePlan : ErasureReceipt;
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
   * Everything of an organization, with history and vectors, as a dump: lines of JSON that a later version can read.
   * It is read page by page while the stream is, and held a page at a time; what is written meanwhile may be in it or not.
   * @throws OrganizationNotFoundError, OrganizationGoneError, InvalidInputError
   */
  async exportOrganization(
    ...[organization]: OrganizationArgumentWith<T, ExportOptions>
  ): Promise<ReadableStream<Uint8Array>> {
    const { scope, options } = this.#whole(organization, exportOptions);
    return exportDump(this.#engine.guard, scope, "organization", options);
  }

  /** {@link MemoryScope.export} */
  async exportScope(...[scope]: ScopeArgument<T, ExportOptions>): Promise<ReadableStream<Uint8Array>> {
    const [handle, options] = this.#bind(scope);
    return handle.export(options);
  }

  /**
   * Imports the dump of an organization, with ids, times and history; every line is checked before it is written. A
   * new organization is seen when its import is complete, and an import that was interrupted is repeated with the same
   * dump. Vectors of another embedder are made anew.
   * @param source the dump, compressed or not: a web stream, or any stream that yields bytes
   * @param organization whose dump it is (`orgId`), and, for another organization, where it goes (`as`)
   * @throws InvalidDumpError when it is damaged, cut, or another organization's; ImportConflictError when it would
   * overwrite something; OrganizationGoneError
   */
  async importOrganization(
    source: DumpSource,
    ...[organization]: T extends "single"
      ? [options?: ImportOptions]
      : [organization: { readonly orgId: string; readonly as?: string } & ImportOptions]
  ): Promise<ImportResult> {
    const single = this.#options.tenancy === "single";
    const entries = readOnce(organization === undefined && single ? {} : organization, "organization");
    const as = entries.get("as");
    const own = Object.fromEntries([...entries].filter(([key]) => key !== "as"));
    const { scope, options } = this.#whole(own, ["conflicts", "region", "onProgress", ...callOptions]);
    const target = as === undefined ? scope : this.#parseScope(new Map([["orgId", as]]));
    return this.#engine.importer.import(source, target, scope.tenant, options);
  }

  /**
   * Creates an organization's namespace ahead of its first write, pinned to a region where there are several. An
   * offboarded organization is refused until this is called, and then begins anew, empty. Does nothing for an active one.
   * @throws InvalidInputError for a region that is none, that is missing where there are several, or that is another than
   * the organization is pinned to; RegionFullError
   */
  async onboard(...[organization]: OrganizationArgumentWith<T, OnboardOptions>): Promise<void> {
    const { scope, options } = this.#whole(organization, ["region", ...callOptions]);
    this.#engine.regions.assertKnown(options.region);
    await this.#engine.guard.audit.record("onboard", scope, options, async () => {
      await this.#engine.onboarding.onboard(scope.tenant, options.region, signalOf(options));
    });
  }

  /**
   * Brings an organization's memories to another region or cell, online: it is read all the while, and writes wait for a
   * moment at the end. What arrived is counted and compared before the switch, which every process notices; the old
   * namespace is dropped, with a receipt. After a crash, call it again.
   * @throws InvalidInputError, OrganizationNotFoundError, OrganizationGoneError, OrganizationBusyError while another
   * process is at it, RegionFullError
   */
  async move(...[organization]: OrganizationArgumentWith<T, MoveOptions>): Promise<MigrationResult> {
    const { scope, options } = this.#whole(organization, ["to", ...migrationOptions]);
    if (!options.to) {
      throw new InvalidInputError('to is missing: say where to, as in { to: { region: "eu" } }.', {
        path: "to",
      });
    }
    if (options.to.region !== undefined) this.#engine.regions.assertKnown(options.to.region, options.to.cell);
    return this.#engine.guard.audit.record("move", scope, options, () =>
      this.#engine.migrations.move(scope.tenant, options),
    );
  }

  /**
   * Makes an organization's vectors anew with another embedder, online, as `move` does. The old vectors are kept until
   * `confirmReembedding`, and `revertReembedding` goes back to them. With `dryRun`, says what it would cost.
   * @throws InvalidInputError for an embedder that this memory was not given; otherwise as `move`, and ModelError
   */
  async reembed<DryRun extends boolean = false>(
    ...[organization]: OrganizationArgumentWith<T, ReembedOptions<DryRun>>
  ): Promise<DryRun extends true ? ReembedPlan : MigrationResult> {
    const { scope, options } = this.#whole(organization, ["embedder", "dryRun", ...migrationOptions]);
    const result = await this.#engine.guard.audit.record("reembed", scope, options, () =>
      this.#engine.migrations.reembed(scope.tenant, options),
    );
    return result as DryRun extends true ? ReembedPlan : MigrationResult;
  }

  /**
   * Drops the vectors from before the last re-embedding.
   * @returns a receipt of the namespace that was dropped
   * @throws InvalidInputError where none are kept
   */
  async confirmReembedding(...[organization]: OrganizationArgument<T>): Promise<ErasureReceipt> {
    const { scope, options } = this.#whole(organization, callOptions);
    return this.#engine.guard.audit.record("confirmReembedding", scope, options, () =>
      this.#engine.migrations.confirmReembedding(scope.tenant, options),
    );
  }

  /**
   * Goes back to the vectors from before the last re-embedding, online; what was written since is embedded as before.
   * @throws InvalidInputError where none are kept; otherwise as `move`
   */
  async revertReembedding(
    ...[organization]: OrganizationArgumentWith<T, MigrationOptions>
  ): Promise<MigrationResult> {
    const { scope, options } = this.#whole(organization, migrationOptions);
    return this.#engine.guard.audit.record("revertReembedding", scope, options, () =>
      this.#engine.migrations.revertReembedding(scope.tenant, options),
    );
  }

  /**
   * Encrypts an organization's memories anew with a new data key, online, as `move` does; one that was not encrypted yet
   * is from then on.
   * @throws InvalidInputError without a key provider; KeyError; otherwise as `move`
   */
  async rotateKey(
    ...[organization]: OrganizationArgumentWith<T, MigrationOptions>
  ): Promise<MigrationResult> {
    const { scope, options } = this.#whole(organization, migrationOptions);
    return this.#engine.guard.audit.record("rotateKey", scope, options, () =>
      this.#engine.migrations.rotateKey(scope.tenant, options),
    );
  }

  /**
   * Ends a move, a re-embedding or a change of keys that was interrupted before the switch, and drops what it had copied.
   * Does nothing where there is none.
   */
  async cancelMigration(...[organization]: OrganizationArgument<T>): Promise<void> {
    const { scope, options } = this.#whole(organization, callOptions);
    await this.#engine.guard.audit.record("cancelMigration", scope, options, () =>
      this.#engine.migrations.cancelMigration(scope.tenant, options),
    );
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

  /** The scope of an operation on a whole organization: a user or a run has no place in it. */
  #whole(
    organization: unknown,
    allowed: readonly OptionName[],
  ): { readonly scope: ParsedScope; readonly options: ParsedOptions } {
    this.#engine.guard.assertOpen();
    const single = this.#options.tenancy === "single";
    const entries = readOnce(organization === undefined && single ? {} : organization, "organization");
    const isAllowed = (key: PropertyKey) => (allowed as readonly PropertyKey[]).includes(key);
    const options = parseOptions(new Map([...entries].filter(([key]) => isAllowed(key))), allowed);
    const scope = this.#parseScope(new Map([...entries].filter(([key]) => !isAllowed(key))));
    const [narrower] = Object.keys(scope.inner);
    if (narrower) {
      throw new InvalidInputError(
        `This is about the whole organization: leave ${narrower} out, or use deleteAll.`,
        {
          path: narrower,
        },
      );
    }
    options.signal?.throwIfAborted();
    return { scope, options };
  }
}

const migrationOptions = ["takeOver", "onProgress", ...callOptions] as const;
const optionNames: readonly PropertyKey[] = [
  ...callOptions,
  "metadata",
  "expiresAt",
  "supersedes",
  "timestamp",
  "infer",
  "onExtractionFailure",
  "maxTokens",
  "dryRun",
  "gzip",
  "vectors",
  "onProgress",
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
