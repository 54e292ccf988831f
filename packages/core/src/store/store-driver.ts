import type { LociError } from "../errors/loci-error.ts";
import type { ScopeFilter } from "../scope/scope-filter.ts";
import type { PredicateDialect } from "./compile-predicate.ts";
import type { ListPosition } from "./list-cursor.ts";
import type { Manifest } from "./manifest.ts";
import type { NamespaceKey } from "./namespace-key.ts";
import type { StoreFailure } from "./store-failure.ts";
import type {
  DropReport,
  RecordVersion,
  Residue,
  ScoredRecord,
  StoreCapabilities,
  StoredRecord,
  TextQuery,
  VectorRecord,
} from "./vector-store.ts";

/**
 * What an adapter says of its backend, and `defineStore` makes a store of. `P` is the form of the backend's predicates.
 *
 * What a driver can rely on:
 * - **Keys** of namespaces are 55 characters of `[a-z2-7_]`, safe in a path, a URL and a name of SQL.
 * - **Ids** of records are 1 to 256 bytes of well-formed UTF-8 without control characters. So are the levels of a scope key
 *   (`user`, `agent`, `run`), or they are empty. Names and values of metadata, payloads and terms may hold any character.
 * - **Signals**: every call has one, which is not aborted yet. A driver passes it to its client and does nothing else with it. What
 *   it throws after an abort is never seen: callers get the signal's reason.
 * - **Errors** may be thrown as the client throws them: `classify` says what they mean. Errors of Loci's own are passed on.
 * - **Concurrency**: any number of calls run at once, on one namespace and on several, in this process and in others.
 * - **Retries** are core's: it repeats what failed as `unavailable`, except a deletion. A driver repeats nothing.
 * - **Closing**: nothing is called after `close`, which is called once, when running calls have ended or 10 seconds are over.
 */
export interface StoreDriver<P> {
  /** The store's name, such as "sqlite". It begins the default messages of errors. */
  readonly name: string;
  readonly capabilities: StoreCapabilities;
  readonly limits: StoreLimits;
  readonly dialect: PredicateDialect<P>;
  /**
   * Says what an error of the backend means: a failure, or the error to throw, where the adapter has a class of its own for it.
   * Undefined for what is not an error of the backend: it is thrown as it is.
   */
  classify(error: unknown, key: NamespaceKey): StoreFailure | LociError | undefined;
  /**
   * Looks for a namespace, and opens it with the manifest that the backend has. Undefined, or an error of the kind `missing`,
   * where there is none. It never creates one. Called at each `open`: core opens a namespace when a `Memory` first needs it, keeps
   * it, and opens it again after `NamespaceNotFoundError` or a migration. Handles are many, and are not closed one by one.
   */
  find(request: FindRequest): Promise<NamespaceDriver<P> | undefined>;
  /**
   * Creates a namespace where `find` saw none, with its manifest in one step, or so that `find` does not see it before it is
   * complete. Where somebody else was faster, theirs stands: an error of the kind `exists`, or nothing. `find` follows.
   */
  create(request: CreateRequest): Promise<void>;
  /**
   * Removes a namespace and everything in it, also what a crashed creation or removal has left. An error of the kind `missing`
   * says that there was none. Calls on its handles, in every process, then fail with an error of that kind; those under way may be
   * `unavailable` instead.
   */
  drop(request: FindRequest): Promise<DropReport>;
  /**
   * What the backend itself lists under the name of a namespace, in words. It looks past `find`, at all that `drop` has to remove.
   * Left out where a backend lists nothing.
   */
  leftovers?(request: FindRequest): Promise<readonly string[]>;
  /** Releases what the driver has opened. Left out where that is nothing. */
  close?(): Promise<void>;
}

/**
 * One open namespace. Its calls never create it again: once it was dropped, they fail with an error of the kind `missing`, also where
 * one was made again under its name.
 * Each `where` has the scope filter at its root and is all that a call may see or touch.
 */
export interface NamespaceDriver<P> {
  readonly manifest: Manifest;
  /**
   * Whether `write` keeps to `leading`: for backends that write several records in one transaction, and in their order. The kit then
   * passes all records in one call. Default: false.
   */
  readonly ordersWrites?: boolean;
  /**
   * Inserts or replaces records, each whole and atomically, by id and scope key (`recordKey` makes one identifier of both).
   * One with `expected` is written only where that is what is stored at the moment of the write: of several processes that
   * expect the same, exactly one succeeds. Each write gives its record a version that it never had.
   * They are visible to the next read of every process when the promise is fulfilled. There is at least one, no two are the
   * same one, and they keep to the limits. A vector has the manifest's width; not every record has one.
   * @returns one outcome for each record, in their order; an empty list where all were stored
   */
  write(request: WriteRequest): Promise<readonly WriteOutcome[]>;
  /** The records nearest to a vector, best first, with the cosine. Not called where the manifest has no embedder. */
  search(query: DriverVectorQuery<P>): Promise<readonly ScoredRecord[]>;
  /** The records that best match some terms, best first. There is at least one term. Left out where `keyword` is false. */
  searchText?(query: DriverTextQuery<P>): Promise<readonly ScoredRecord[]>;
  /**
   * All records with the ids that `where` names, in any order. There may be several of one id, under several scope keys. Left
   * out where `list` is as fast: the kit then lists them.
   */
  get?(query: DriverGetQuery<P>): Promise<readonly StoredRecord[]>;
  /**
   * At most `limit` records by `$createdAt` from newest to oldest, then by a fixed tie of the driver's own; those that follow
   * `after`, where that is given. The kit asks for one more than the caller, and makes the cursors.
   */
  list(query: DriverListQuery<P>): Promise<readonly ListedRecord[]>;
  /** Deletes records, and says how many went. */
  delete(query: DriverQuery<P>): Promise<number>;
  /**
   * Deletes those of some records that are still at their version, and says how many went. There are 1 to `limits.records`, and
   * no two are the same one.
   */
  deleteVersions(request: DeleteVersionsRequest): Promise<number>;
  count(query: DriverQuery<P>): Promise<number>;
  /**
   * What the backend holds of deleted records at this moment, beside what `capabilities.residue` says of it at any. Asked after
   * deletions. Left out where that is nothing.
   */
  residue?(request: { readonly signal: AbortSignal }): Promise<readonly Residue[]>;
}

/** The largest requests that a backend takes. The kit splits what is longer. */
export interface StoreLimits {
  /** The most records of one `write` or `deleteVersions`. 1 or more. */
  readonly records: number;
  /** The most ids of one `get` or `delete`. Default: as `records`. */
  readonly ids?: number;
  /** The most bytes of one `write`, as `recordBytes` estimates them. A larger record is written alone. Default: any number. */
  readonly bytes?: number;
}

/** Names a namespace. */
export interface FindRequest {
  readonly key: NamespaceKey;
  readonly signal: AbortSignal;
}

/** Names a namespace, and what it is created with. */
export interface CreateRequest extends FindRequest {
  readonly manifest: Manifest;
}

/** What is to be written. */
export interface WriteRequest {
  readonly records: readonly VectorRecord[];
  /**
   * How many of the records lead: where one of these conflicts, none after them is written, and the outcome of each of those is a
   * conflict too. 0 without `ordersWrites`.
   */
  readonly leading: number;
  readonly signal: AbortSignal;
}

/**
 * What became of one record: undefined where it was stored, `conflict` where something else is stored than it expects, else the
 * backend's error, which `classify` names.
 */
export type WriteOutcome = { readonly error: unknown } | "conflict" | undefined;

/** Which records to delete, as they were read. */
export interface DeleteVersionsRequest {
  readonly records: readonly RecordVersion[];
  /** Covers all of them: for a second lock, such as row-level security. */
  readonly scope: ScopeFilter;
  readonly signal: AbortSignal;
}

/** What every query carries. */
export interface DriverQuery<P> {
  /** What the call may see: scope filter, ids and filter, in the form of the dialect. */
  readonly where: P;
  /** The scope filter alone, which `where` already contains: for a second lock, such as row-level security. */
  readonly scope: ScopeFilter;
  readonly signal: AbortSignal;
}

/** Asks for the records nearest to a vector. */
export interface DriverVectorQuery<P> extends DriverQuery<P> {
  /** L2-normalized, as wide as the manifest says. */
  readonly vector: Float32Array;
  /** 1 to 2,000, counted after `where`: where as many match, as many are returned. */
  readonly limit: number;
}

/** Asks for the records that best match some terms. */
export interface DriverTextQuery<P> extends DriverQuery<P>, Pick<TextQuery, "terms" | "weights"> {
  /** 1 to 2,000, counted after `where`. */
  readonly limit: number;
}

/** Asks for the records that `where` names. */
export interface DriverGetQuery<P> extends DriverQuery<P> {
  /** Whether to return the vectors. */
  readonly vectors: boolean;
}

/** Asks for one page. */
export interface DriverListQuery<P> extends DriverGetQuery<P> {
  /** 2 to 1,001. */
  readonly limit: number;
  /** The last record of the page before; undefined for the first page. */
  readonly after: ListPosition | undefined;
}

/** A record with its tie, which orders it among those of the same `$createdAt`. */
export interface ListedRecord {
  readonly record: StoredRecord;
  readonly tie: string | number;
}
