import { Guard } from "./engine/access.ts";
import type { AddResult, WriteResult } from "./engine/add.ts";
import type { AuditListener } from "./engine/audit.ts";
import type { DeleteResult } from "./engine/change.ts";
import type { MemoryContext } from "./engine/context.ts";
import { openCursor, sealCursor } from "./engine/cursor.ts";
import { Embedding } from "./engine/embedding.ts";
import type { ImportResult } from "./engine/import-records.ts";
import { Inference } from "./engine/inference.ts";
import { KeyedLock } from "./engine/keyed-lock.ts";
import type { HistoryEntry, MemoryItem } from "./engine/payload.ts";
import type { MemoryPage } from "./engine/read.ts";
import type { SearchResult } from "./engine/search.ts";
import { Sweeper } from "./engine/sweep.ts";
import { Tails } from "./engine/tails.ts";
import { Tenants } from "./engine/tenants.ts";
import { exportDump, importDump } from "./engine/transfer.ts";
import type { ErasurePlan, ErasureReceipt, LedgerEntry } from "./erasure/receipt.ts";
import { InvalidInputError } from "./errors/invalid-input-error.ts";
import type { AddInput } from "./input/messages.ts";
import {
  type AddOptions,
  type CallOptions,
  type Changes,
  type ContextOptions,
  type EraseOptions,
  type ExportOptions,
  type GetAllOptions,
  type ImportOptions,
  type OptionName,
  type OrganizationsOptions,
  type ParsedOptions,
  parseOptions,
  type ReadOptions,
  type SearchOptions,
} from "./input/options.ts";
import { type CheckedMemoryOptions, type MemoryOptions, parseMemoryOptions } from "./memory-options.ts";
import { eraseOptions, exportOptions, MemoryScope, type Update } from "./memory-scope.ts";
import { Directory, type OrganizationEntry } from "./namespace/directory.ts";
import { isScopeKey, type ParsedScope, parseScope, readOnce } from "./scope/parse-scope.ts";
import type { ScopeFor, Tenancy } from "./scope/scope.ts";
import { patientStore } from "./store/patient-store.ts";
import type { DumpSource } from "./transfer/read-dump.ts";

/** The last argument of a flat call: scope and options in one object, optional where there is no organization. */
export type Scoped<T extends Tenancy, Options> = T extends "single"
  ? [scope?: ScopeFor<T> & Options]
  : [scope: ScopeFor<T> & Options];

/** Which organization an operation is about, and its options; with single tenancy only the options. */
export type WholeWith<T extends Tenancy, Options> = T extends "single"
  ? [options?: Options]
  : [organization: { readonly orgId: string } & Options];
/** The same, where there are no options but a signal. */
export type Whole<T extends Tenancy> = WholeWith<T, CallOptions>;

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
  readonly #directory: Directory;
  readonly #tenants: Tenants;
  readonly #guard: Guard;

  /**
   * Opens nothing yet: the store is first touched by the first call.
   * @throws InvalidInputError for a broken option, InsufficientIsolationError when the store separates
   * organizations less strictly than `isolation` demands, UnsupportedError when nothing could be searched
   */
  constructor(options: MemoryOptions<T>) {
    const checked = parseMemoryOptions(options);
    const { embedder, languageModel, reranker, deployment } = checked;
    const store = patientStore(checked.store);
    this.#options = checked;
    this.#directory = new Directory(store, deployment);
    const embedding = embedder && new Embedding(embedder);
    this.#tenants = new Tenants(store, this.#directory, deployment, embedding);
    this.#guard = new Guard({
      tenants: this.#tenants,
      embedder: embedding,
      inference: languageModel && new Inference(languageModel, checked.extractor, checked.instructions),
      reranker,
      locks: new KeyedLock(),
      tails: new Tails(),
      sweeper: new Sweeper(),
    });
  }

  /**
   * A handle bound to one scope, which can reach nothing else.
   * @throws InvalidScopeError
   */
  scope(...[scope]: Scoped<T, object>): MemoryScope {
    return new MemoryScope(this.#guard, this.#parseScope(readOnce(scope ?? {}, "scope")));
  }

  /** {@link MemoryScope.add} */
  async add(input: AddInput, ...[scope]: Scoped<T, AddOptions>): Promise<AddResult> {
    const [handle, options] = this.#bind(scope);
    return handle.add(input, options);
  }

  /** {@link MemoryScope.search} */
  async search(query: string, ...[scope]: Scoped<T, SearchOptions>): Promise<readonly SearchResult[]> {
    const [handle, options] = this.#bind(scope);
    return handle.search(query, options);
  }

  /** {@link MemoryScope.context} */
  async context(query: string, ...[scope]: Scoped<T, ContextOptions>): Promise<MemoryContext> {
    const [handle, options] = this.#bind(scope);
    return handle.context(query, options);
  }

  /** {@link MemoryScope.reinfer} */
  async reinfer(...[scope]: Scoped<T, CallOptions>): Promise<AddResult> {
    const [handle, options] = this.#bind(scope);
    return handle.reinfer(options);
  }

  /** {@link MemoryScope.get} */
  async get(id: string, ...scope: Scoped<T, ReadOptions>): Promise<MemoryItem | null>;
  async get(
    ids: readonly string[],
    ...scope: Scoped<T, ReadOptions>
  ): Promise<readonly (MemoryItem | null)[]>;
  async get(
    id: string | readonly string[],
    ...[scope]: Scoped<T, ReadOptions>
  ): Promise<MemoryItem | null | readonly (MemoryItem | null)[]> {
    const [handle, options] = this.#bind(scope);
    return handle.get(id as string, options);
  }

  /** {@link MemoryScope.getAll} */
  async getAll(...[scope]: Scoped<T, GetAllOptions>): Promise<MemoryPage> {
    const [handle, options] = this.#bind(scope);
    return handle.getAll(options);
  }

  /** {@link MemoryScope.update} */
  async update(id: string, changes: Changes, ...scope: Scoped<T, CallOptions>): Promise<WriteResult>;
  async update(updates: readonly Update[], ...scope: Scoped<T, CallOptions>): Promise<readonly WriteResult[]>;
  async update(first: unknown, ...rest: readonly unknown[]): Promise<WriteResult | readonly WriteResult[]> {
    const isBatch = Array.isArray(first);
    const [handle, options] = this.#bind(isBatch ? rest[0] : rest[1]);
    return isBatch
      ? handle.update(first, options)
      : handle.update(first as string, rest[0] as Changes, options);
  }

  /** {@link MemoryScope.delete} */
  async delete(id: string | readonly string[], ...[scope]: Scoped<T, CallOptions>): Promise<DeleteResult> {
    const [handle, options] = this.#bind(scope);
    return handle.delete(id, options);
  }

  /** {@link MemoryScope.deleteAll} */
  async deleteAll(...[scope]: Scoped<T, CallOptions>): Promise<DeleteResult> {
    const [handle, options] = this.#bind(scope);
    return handle.deleteAll(options);
  }

  /** {@link MemoryScope.history} */
  async history(id: string, ...[scope]: Scoped<T, CallOptions>): Promise<readonly HistoryEntry[]> {
    const [handle, options] = this.#bind(scope);
    return handle.history(id, options);
  }

  /** {@link MemoryScope.forget} */
  async forget<DryRun extends boolean = false>(
    ...[scope]: Scoped<T, EraseOptions<DryRun>>
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
    ...[organization]: WholeWith<T, EraseOptions<DryRun>>
  ): Promise<DryRun extends true ? ErasurePlan : ErasureReceipt> {
    const { scope, options } = this.#whole(organization, eraseOptions);
    const result = await this.#guard.audit.watch<ErasurePlan | ErasureReceipt>("offboard", scope, () =>
      options.dryRun
        ? this.#tenants.planOffboard(scope.tenant, options)
        : this.#tenants.offboard(scope.tenant, options),
    );
    return result as DryRun extends true ? ErasurePlan : ErasureReceipt;
  }

  /**
   * The ledger of the deployment's receipts, the last first, page by page. It says that there were receipts, and
   * whom they are about only to whoever has them: `verifyReceipts` compares the two.
   */
  async receipts(options: OrganizationsOptions = {}): Promise<LedgerPage> {
    const { entries, ...rest } = await this.#page("receipts", options, (...page) =>
      this.#directory.receipts(...page),
    );
    return { receipts: entries, ...rest };
  }

  /**
   * Everything of an organization, with history and vectors, as a dump: lines of JSON that a later version can read.
   * It is read page by page while the stream is, and held a page at a time; what is written meanwhile may be in it or not.
   * @throws OrganizationNotFoundError, OrganizationGoneError, InvalidInputError
   */
  async exportOrganization(
    ...[organization]: WholeWith<T, ExportOptions>
  ): Promise<ReadableStream<Uint8Array>> {
    const { scope, options } = this.#whole(organization, exportOptions);
    return exportDump(this.#guard, scope, "organization", options);
  }

  /** {@link MemoryScope.export} */
  async exportScope(...[scope]: Scoped<T, ExportOptions>): Promise<ReadableStream<Uint8Array>> {
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
    const { scope, options } = this.#whole(own, ["conflicts", "onProgress", "signal"]);
    const target = as === undefined ? scope : this.#parseScope(new Map([["orgId", as]]));
    return importDump(this.#guard, source, target, scope.tenant, options);
  }

  /**
   * Creates an organization's namespace ahead of its first write. An offboarded organization is refused until
   * this is called, and then begins anew, empty. Does nothing for an active one.
   */
  async onboard(...[organization]: Whole<T>): Promise<void> {
    const { scope, options } = this.#whole(organization, ["signal"]);
    await this.#guard.audit.watch("onboard", scope, async () => {
      await this.#tenants.onboard(scope.tenant, options);
    });
  }

  /**
   * The organizations of this deployment, page by page, read from its directory. Offboarded ones are listed as
   * `gone`. A page may have fewer entries than `limit`.
   */
  async organizations(options: OrganizationsOptions = {}): Promise<OrganizationPage> {
    const { entries, ...rest } = await this.#page("organizations", options, (...page) =>
      this.#directory.list(...page),
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
    return this.#guard.audit.subscribe(listener);
  }

  /** Releases the store's files and connections. Every later call throws `ClosedError`. Idempotent. */
  async close(): Promise<void> {
    this.#guard.close();
    await this.#options.store.close();
  }

  /** One page of what the directory lists, with a cursor that continues this listing and no other. */
  async #page<Entry>(
    what: string,
    options: OrganizationsOptions,
    list: (limit: number, position: string | undefined, signal: CallOptions) => Promise<Listed<Entry>>,
  ): Promise<Listed<Entry>> {
    this.#guard.assertOpen();
    const entries = readOnce(options, "options");
    const { limit = 100, cursor, signal } = parseOptions(entries, ["limit", "cursor", "signal"]);
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
    return [new MemoryScope(this.#guard, parsed), options];
  }

  /** The scope of an operation on a whole organization: a user or a run has no place in it. */
  #whole(
    organization: unknown,
    allowed: readonly OptionName[],
  ): { readonly scope: ParsedScope; readonly options: ParsedOptions } {
    this.#guard.assertOpen();
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

const optionNames: readonly PropertyKey[] = [
  "signal",
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
