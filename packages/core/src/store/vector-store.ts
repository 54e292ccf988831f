import type { Fields, Filter } from "../filter/filter.ts";
import type { ScopeFilter, ScopeKey } from "../scope/scope-filter.ts";
import type { KeywordFields } from "../text/keyword-fields.ts";
import type { Manifest } from "./manifest.ts";
import type { NamespaceKey } from "./namespace-key.ts";

/**
 * How a store separates namespaces. `physical`: the namespace is part of the address of every request, and
 * leaving it out is an error. `routed`: a routing key inside a shared object. `filtered`: a predicate in one.
 */
export type Isolation = "physical" | "routed" | "filtered";

/** Facts about a store, which the conformance suite verifies. */
export interface StoreCapabilities {
  readonly isolation: Isolation;
  /** Whether namespaces have `searchText`. */
  readonly keyword: boolean;
  /** Whose texts the statistics of a keyword score may come from. Never another organization's. */
  readonly scoreIsolation: "organization" | "scope";
  /** `physical`: what was deleted is gone from the disk at once. `logical`: until the backend cleans up. */
  readonly erasure: "physical" | "logical";
  /** What the backend still holds of deleted records, and what clears it. Left out, or empty, where nothing is. */
  readonly residue?: readonly Residue[];
  /** Whether an awaited write is visible to the next read. Core relies on it. */
  readonly readYourWrites: true;
}

/** What a record says, whoever holds it. */
export interface RecordContent {
  /** Unique together with the placement: two users' records may have one id, and neither touches the other's. */
  readonly id: string;
  /** The namespace that the record was written for. Stored and returned as data, never filled in on reading. */
  readonly namespace: NamespaceKey;
  readonly scopeKey: ScopeKey;
  readonly fields: Fields;
  /** Opaque: stored and returned character by character. */
  readonly payload: string;
  /** L2-normalized. Returned by `get` and `list` when asked for, and where the record has one. */
  readonly vector?: Float32Array;
}

/** What a store returns of a record. */
export interface StoredRecord extends RecordContent {
  /** An opaque token of the backend's: another one after every write of the record, and never the same one again. */
  readonly version: string;
}

/** What a store is given to keep. */
export interface VectorRecord extends RecordContent {
  readonly keywords: KeywordFields;
  /** What has to lie under its id and placement for it to be written. Default: anything, or nothing. */
  readonly expected?: Expected;
}

/** What a conditional write expects: no record, or one that is still at the version that a read has returned. */
export type Expected = "absent" | { readonly version: string };

/** Names one record at one version. */
export interface RecordVersion {
  readonly id: string;
  readonly scopeKey: ScopeKey;
  readonly version: string;
}

/** A record that a search found. */
export interface ScoredRecord {
  readonly record: StoredRecord;
  /** From `search`: the cosine in [-1, 1]. From `searchText`: positive, higher is better, on the store's own scale. */
  readonly score: number;
}

/** What every query carries. */
export interface Query {
  /** Which records exist for this query; at the root of the conjunction. */
  readonly scope: ScopeFilter;
  /** Narrows further. */
  readonly filter?: Filter;
  readonly signal?: AbortSignal;
}

/** Asks for the records nearest to a vector. Exact where the namespace is small. */
export interface VectorQuery extends Query {
  /** L2-normalized, as wide as the manifest says. */
  readonly vector: Float32Array;
  /** The most records, after reach and filter: where as many match, as many are returned. */
  readonly limit: number;
}

/** Asks for the records that best match some terms (any of them), by BM25 or what comes closest. */
export interface TextQuery extends Query {
  readonly terms: readonly string[];
  /** How much a term counts in each field. */
  readonly weights: { readonly own: number; readonly before: number; readonly after: number };
  readonly limit: number;
}

/** Asks for records in a stable order: `$createdAt` from newest to oldest, then any fixed order. */
export interface ListQuery extends Query {
  readonly limit: number;
  /** From the page before, of the same namespace. */
  readonly cursor?: string;
  /** Whether to return the vectors. Default: false. */
  readonly vectors?: boolean;
}

/** Asks for the records with some ids, in any order; ids that are not inside the reach are left out. */
export interface GetQuery {
  readonly ids: readonly string[];
  readonly scope: ScopeFilter;
  /** Whether to return the vectors. Default: false. */
  readonly vectors?: boolean;
  readonly signal?: AbortSignal;
}

/** Says what to store. */
export interface UpsertRequest {
  readonly records: readonly VectorRecord[];
  /**
   * How many of the records lead: where one of these is not written, none after them is, and all of those are conflicts. Core gives
   * it only to a namespace that says `ordersWrites`. Default: 0.
   */
  readonly leading?: number;
  readonly signal?: AbortSignal;
}

/**
 * Says what to delete: the records with some ids, or those that match a filter, or everything inside the reach, or some
 * records that are still at a version.
 */
export type DeleteRequest =
  | {
      readonly scope: ScopeFilter;
      readonly ids: readonly string[];
      readonly filter?: never;
      readonly versions?: never;
      readonly signal?: AbortSignal;
    }
  | {
      readonly scope: ScopeFilter;
      readonly versions: readonly RecordVersion[];
      readonly ids?: never;
      readonly filter?: never;
      readonly signal?: AbortSignal;
    }
  | (Query & { readonly ids?: never; readonly versions?: never });

/** One page of a list. */
export interface Page {
  readonly records: readonly StoredRecord[];
  /** Where the next page starts; absent on the last. */
  readonly cursor?: string;
}

/**
 * A handle on one namespace, which can name no other. Its methods throw `NamespaceNotFoundError` once the
 * namespace was dropped, by whichever process, and never create it again. Where one was made again under its name,
 * the handle is none on that.
 */
export interface Namespace {
  readonly manifest: Manifest;
  /**
   * Inserts or replaces each record whole, by id and placement, where what is stored is what it expects; of several that are one
   * record, the last counts. Atomic for each record: of several processes that expect the same, one writes. Takes a list of any
   * length.
   * @returns the conflicts: those of the records that were not written, since something else is stored than they expect
   * @throws PartialWriteError where some records were stored before the backend failed
   */
  upsert(request: UpsertRequest): Promise<readonly VectorRecord[]>;
  /** Whether `upsert` keeps to `leading`. Default: false; core then writes what leads in a call of its own. */
  readonly ordersWrites?: boolean;
  search(query: VectorQuery): Promise<readonly ScoredRecord[]>;
  searchText?(query: TextQuery): Promise<readonly ScoredRecord[]>;
  /** Takes a list of any length. */
  get(query: GetQuery): Promise<readonly StoredRecord[]>;
  list(query: ListQuery): Promise<Page>;
  /** Deletes, and returns how many records went. */
  delete(request: DeleteRequest): Promise<number>;
  count(query: Query): Promise<number>;
  /** What the backend holds of deleted records at this moment, beside what the store's capabilities say of it at any. */
  residue?(request: { readonly signal?: AbortSignal }): Promise<readonly Residue[]>;
}

/** Something that a backend still holds after a drop. */
export interface Residue {
  /** Where it lies, such as "write-ahead log". */
  readonly where: string;
  /** What clears it, with the command where there is one. */
  readonly clearedBy: string;
}

/** What `drop` did. */
export interface DropReport {
  /** Whether there was something to drop. */
  readonly dropped: boolean;
  /** What is left and what clears it; empty when nothing is. */
  readonly residue: readonly Residue[];
}

/** Names the namespace that a call is about. */
export interface NamespaceRequest {
  readonly key: NamespaceKey;
  readonly signal?: AbortSignal;
}

/** Names the namespace to open. */
interface OpenRequest extends NamespaceRequest {
  /** What the namespace is created with where it does not exist. Default: it is not created. */
  readonly create?: Manifest;
}

/**
 * Keeps records in namespaces of a backend. An adapter makes one from a driver with `defineStore`. Once a call's signal is
 * aborted, the call rejects with the signal's reason.
 * @example
 * ```ts
 * const make = (store: VectorStore) => new Memory({ store });
 * ```
 */
export interface VectorStore {
  readonly specVersion: 1;
  /** The adapter's name, such as "sqlite". */
  readonly name: string;
  readonly capabilities: StoreCapabilities;
  /**
   * Opens a namespace. Creates it only when `create` carries a manifest, and then safely when two processes
   * do so at once: one wins, and both get the winner's manifest.
   * @throws NamespaceNotFoundError when it does not exist and is not to be created.
   */
  open(request: OpenRequest): Promise<Namespace>;
  /** Removes a namespace and everything in it. Idempotent, and finishes what a crashed drop began. */
  drop(request: NamespaceRequest): Promise<DropReport>;
  /**
   * What the backend itself lists under the name of a namespace, in words: files, a schema, an index. It looks past `open`,
   * at all that a drop has to remove; empty where there is nothing. Receipts say whether it was asked. Left out where a
   * backend lists nothing.
   */
  leftovers?(request: NamespaceRequest): Promise<readonly string[]>;
  /** Waits for running calls, and releases every handle. Later calls throw `ClosedError`. May be called again. */
  close(): Promise<void>;
}
