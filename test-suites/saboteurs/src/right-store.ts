import {
  assertNamespaceKey,
  assertScopeFilter,
  bm25,
  type Expected,
  type Filter,
  inScope,
  type Manifest,
  matchesFilter,
  type Namespace,
  type NamespaceKey,
  NamespaceNotFoundError,
  type RecordContent,
  type RecordVersion,
  type ScopeFilter,
  type ScopeKey,
  type ScoredRecord,
  type StoreCapabilities,
  type StoredRecord,
  type TextQuery,
  type VectorRecord,
  type VectorStore,
} from "@loci/core/store";
import type {
  DeleteRequest,
  DropReport,
  GetQuery,
  ListQuery,
  Page,
  Query,
  UpsertRequest,
  VectorQuery,
} from "./contract.ts";

/** What a store remembers of one namespace. */
export interface Space {
  readonly key: NamespaceKey;
  readonly manifest: Manifest;
  readonly records: Map<string, Row>;
  /** How often something was written. */
  written: number;
  dropped: boolean;
}

/** A record as it lies in a space. */
export type Row = Omit<VectorRecord, "expected"> & { readonly version: string };

export type Operation = "search" | "searchText" | "get" | "list" | "delete" | "count";

/**
 * A right store whose every decision is a method, so that a saboteur gets one of them wrong and is read in a
 * minute. That it is right, the suite says of it.
 */
export class RightStore implements VectorStore {
  readonly specVersion = 1;
  readonly name: string = "right";
  readonly capabilities: StoreCapabilities = {
    isolation: "physical",
    keyword: true,
    scoreIsolation: "organization",
    erasure: "physical",
    readYourWrites: true,
  };
  readonly spaces: Map<string, Space>;

  constructor(spaces: Map<string, Space> = new Map()) {
    this.spaces = spaces;
  }

  /** The store of another process, which has nothing in common with this one but what is stored. */
  second(): RightStore {
    return new (this.constructor as typeof RightStore)(this.spaces);
  }

  /** Where in the store a namespace lies. */
  place(key: NamespaceKey): string {
    return key;
  }

  /** Whether a query may see what lies at a placement. */
  inScope(scope: ScopeFilter, scopeKey: ScopeKey, _operation: Operation): boolean {
    return inScope(scope, scopeKey);
  }

  matches(record: Row, filter: Filter): boolean {
    return matchesFilter(record.fields, filter);
  }

  /** How reach and filter are joined. */
  admits(record: Row, { scope, filter }: Query, operation: Operation): boolean {
    return this.inScope(scope, record.scopeKey, operation) && (!filter || this.matches(record, filter));
  }

  checkReach(scope: ScopeFilter): void {
    assertScopeFilter(scope);
  }

  /** Which record a written one replaces. */
  identify({ id, scopeKey }: Pick<RecordContent, "id" | "scopeKey">): string {
    return JSON.stringify([id, scopeKey.user, scopeKey.agent, scopeKey.run]);
  }

  visible(space: Space, query: Query, operation: Operation): Row[] {
    query.signal?.throwIfAborted();
    this.checkReach(query.scope);
    return [...this.live(space).records.values()].filter((record) => this.admits(record, query, operation));
  }

  live(space: Space): Space {
    if (space.dropped) throw this.notFound(space.key);
    return space;
  }

  notFound(key: NamespaceKey): Error {
    return new NamespaceNotFoundError(`There is no namespace ${key}.`, { namespace: key });
  }

  /** What a reader gets of a record. */
  stored(
    { keywords: _, vector, ...rest }: Row,
    _space: Space,
    _within: ScopeFilter,
    vectors = false,
  ): StoredRecord {
    return structuredClone({ ...rest, ...(vectors && vector ? { vector } : {}) });
  }

  /** The documents that the statistics of words come from. */
  statistics(space: Space): Row[] {
    return [...space.records.values()];
  }

  async open({ key, create, signal }: Parameters<VectorStore["open"]>[0]): Promise<Namespace> {
    signal?.throwIfAborted();
    this.checkKey(key);
    let space = this.spaces.get(this.place(key));
    if (!space && create) {
      space = { key, manifest: structuredClone(create), records: new Map(), written: 0, dropped: false };
      this.spaces.set(this.place(key), space);
    }
    if (!space) throw this.notFound(key);
    return this.handle(space, create);
  }

  checkKey(key: NamespaceKey): void {
    assertNamespaceKey(key);
  }

  handle(space: Space, _claimed?: Manifest): Namespace {
    return {
      manifest: space.manifest,
      upsert: async (request) => this.upsert(space, request),
      search: async (query) => this.search(space, query),
      searchText: async (query) => this.searchText(space, query),
      get: async (query) => this.get(space, query),
      list: async (query) => this.list(space, query),
      delete: async (request) => this.delete(space, request),
      count: async (query) => this.count(space, query),
    };
  }

  async upsert(space: Space, { records, signal }: UpsertRequest): Promise<readonly VectorRecord[]> {
    signal?.throwIfAborted();
    const conflicts: VectorRecord[] = [];
    for (const record of this.distinct(records)) {
      const before = this.live(space).records.get(this.identify(record));
      if (this.holds(record.expected, before, space, record)) this.write(space, record, before);
      else conflicts.push(record);
    }
    return conflicts;
  }

  /** Of several that are one record, the last counts. */
  distinct(records: readonly VectorRecord[]): readonly VectorRecord[] {
    return [...new Map(records.map((record) => [this.identify(record), record])).values()];
  }

  /** Whether what lies under the identity of a record is what is expected there. */
  holds(
    expected: Expected | undefined,
    before: Row | undefined,
    _space: Space,
    _record: VectorRecord,
  ): boolean {
    if (expected === undefined) return true;
    return expected === "absent" ? before === undefined : before?.version === expected.version;
  }

  write(space: Space, { expected: _, ...record }: VectorRecord, before: Row | undefined): void {
    space.written += 1;
    const version = this.version(space, record, before);
    space.records.set(this.identify(record), structuredClone({ ...record, version }));
  }

  /** The version of what is written now. */
  version(space: Space, _record: RecordContent, _before: Row | undefined): string {
    return String(space.written);
  }

  async search(space: Space, query: VectorQuery): Promise<readonly ScoredRecord[]> {
    const scored = this.visible(space, query, "search").flatMap((record) =>
      record.vector ? [{ record, score: this.cosine(record.vector, query.vector) }] : [],
    );
    return this.best(space, scored, query);
  }

  cosine(a: Float32Array, b: Float32Array): number {
    return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  }

  async searchText(space: Space, query: TextQuery): Promise<readonly ScoredRecord[]> {
    const visible = new Set(this.visible(space, query, "searchText"));
    const documents = this.statistics(space);
    const scores = bm25(
      documents.map(({ keywords }) => keywords),
      query.terms,
      query.weights,
    );
    const scored = documents.map((record, index) => ({ record, score: scores[index] ?? 0 }));
    return this.best(
      space,
      scored.filter(({ record, score }) => score > 0 && visible.has(record)),
      query,
    );
  }

  best(
    space: Space,
    scored: readonly { readonly record: Row; readonly score: number }[],
    { limit, scope }: { readonly limit: number; readonly scope: ScopeFilter },
  ): readonly ScoredRecord[] {
    return scored
      .toSorted((a, b) => b.score - a.score)
      .slice(0, limit)
      .map(({ record, score }) => ({ record: this.stored(record, space, scope), score }));
  }

  async get(space: Space, query: GetQuery): Promise<readonly StoredRecord[]> {
    return this.visible(space, query, "get")
      .filter(({ id }) => query.ids.includes(id))
      .map((record) => this.stored(record, space, query.scope, query.vectors));
  }

  async list(space: Space, query: ListQuery): Promise<Page> {
    // A place is a moment and a name, so that a listing goes on also where its last record was deleted.
    const placeOf = (record: Row) => JSON.stringify([record.fields.$createdAt, this.identify(record)]);
    const [moment = 0, name = ""] = JSON.parse(query.cursor ?? "[]") as [number?, string?];
    const all = this.visible(space, query, "list")
      .map((record) => ({ record, moment: record.fields.$createdAt, name: this.identify(record) }))
      .filter((one) => !query.cursor || one.moment < moment || (one.moment === moment && one.name > name))
      .sort((a, b) => b.moment - a.moment || (a.name < b.name ? -1 : 1))
      .map(({ record }) => record);
    const page = all.slice(0, query.limit);
    const last = page.at(-1);
    return {
      records: page.map((record) => this.stored(record, space, query.scope, query.vectors)),
      ...(last && query.limit < all.length ? { cursor: placeOf(last) } : {}),
    };
  }

  async delete(space: Space, request: DeleteRequest): Promise<number> {
    const { ids, versions } = request;
    const doomed = versions
      ? this.atVersions(space, request, versions)
      : this.visible(space, request, "delete").filter(({ id }) => !ids || ids.includes(id));
    for (const record of doomed) space.records.delete(this.identify(record));
    return doomed.length;
  }

  /** Those of some records that are still at their version, inside the reach. */
  atVersions(space: Space, query: Query, versions: readonly RecordVersion[]): readonly Row[] {
    const nameOf = (one: RecordVersion) => `${this.identify(one)} at ${one.version}`;
    const wanted = new Set(versions.map(nameOf));
    return this.visible(space, query, "delete").filter((record) => wanted.has(nameOf(record)));
  }

  async count(space: Space, query: Query): Promise<number> {
    return this.visible(space, query, "count").length;
  }

  async drop({ key, signal }: Parameters<VectorStore["drop"]>[0]): Promise<DropReport> {
    signal?.throwIfAborted();
    const space = this.spaces.get(this.place(key));
    if (space) space.dropped = true;
    return { dropped: this.spaces.delete(this.place(key)), residue: [] };
  }

  async close(): Promise<void> {
    this.spaces.clear();
  }
}
