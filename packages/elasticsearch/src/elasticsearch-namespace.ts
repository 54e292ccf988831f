import type { Client, estypes } from "@elastic/elasticsearch";
import type {
  DeleteVersionsRequest,
  DriverListQuery,
  DriverQuery,
  DriverTextQuery,
  DriverVectorQuery,
  ListedRecord,
  Manifest,
  NamespaceDriver,
  NamespaceKey,
  ScoredRecord,
  VectorRecord,
  WriteOutcome,
  WriteRequest,
} from "@loci/core/store";
import { recordKey } from "@loci/core/store";
import { ItemError } from "./classify.ts";
import { atVersion, placeOf } from "./document-version.ts";
import { nextPlace } from "./next-place.ts";
import { type Document, source, toDocument, toRecord } from "./record-rows.ts";
import { type IndexMeta, indexAlias } from "./schema.ts";
import { wordQuery } from "./word-search.ts";

type Query = NonNullable<estypes.QueryDslQueryContainer>;

/** The index compares as many vectors in full as this, so that namespaces up to here are searched exactly. */
const candidates = 1000;
const maxCandidates = 10_000;
/** The most documents that one request deletes, so that none of them lasts longer than a client waits. */
const deletedAtOnce = 10_000;

/** The HTTP status of a write whose document is not what it expects. */
const conflictStatus = 409;

/** One namespace: one index. */
export class ElasticsearchNamespace implements NamespaceDriver<Query> {
  readonly manifest: Manifest;
  readonly #index: string;
  readonly #client: Client;

  constructor(key: NamespaceKey, { loci, made }: IndexMeta, client: Client) {
    this.#index = indexAlias(key, made);
    this.manifest = loci;
    this.#client = client;
  }

  async write({ records, signal }: WriteRequest): Promise<readonly WriteOutcome[]> {
    type Operation = estypes.BulkOperationContainer | Document;
    const places = await this.#places(records, signal);
    const operations = records.flatMap((record): Operation[] => {
      const document = toDocument(record, places(record));
      const target = { _index: this.#index, _id: document.key };
      const { expected } = record;
      if (expected === "absent") return [{ create: target }, document];
      return [{ index: { ...target, ...(expected ? atVersion(expected.version) : {}) } }, document];
    });
    const request = { operations, refresh: true, require_alias: true };
    const { errors, items } = await this.#client.bulk(request, { signal });
    if (!errors) return [];
    return items.map(({ index, create }) => {
      const { status = 200, error } = index ?? create ?? {};
      if (!error) return undefined;
      return status === conflictStatus ? "conflict" : { error: new ItemError(status, error) };
    });
  }

  async search({ where, vector, limit, signal }: DriverVectorQuery<Query>): Promise<readonly ScoredRecord[]> {
    const num_candidates = Math.min(maxCandidates, Math.max(candidates, 10 * limit));
    const knn = { field: "vector", query_vector: [...vector], k: limit, num_candidates, filter: where };
    const hits = await this.#search(signal, { size: limit, knn });
    // The score of a cosine is (1 + cosine) / 2.
    return hits.map((hit) => ({ record: toRecord(hit), score: 2 * (hit._score ?? 0) - 1 }));
  }

  async searchText({
    where,
    limit,
    signal,
    ...words
  }: DriverTextQuery<Query>): Promise<readonly ScoredRecord[]> {
    const query = { bool: { must: [wordQuery(words)], filter: where } };
    const hits = await this.#search(signal, { size: limit, query });
    return hits.map((hit) => ({ record: toRecord(hit), score: hit._score ?? 0 }));
  }

  async list({
    where: query,
    limit: size,
    after,
    vectors,
    signal,
  }: DriverListQuery<Query>): Promise<readonly ListedRecord[]> {
    const sort: estypes.Sort = [{ created_at: "desc" }, { place: "desc" }, { key: "asc" }];
    const following = after && { search_after: [after.createdAt, ...String(after.tie).split(" ")] };
    const hits = await this.#search(signal, { query, size, sort, ...following }, vectors);
    return hits.map((hit) => ({ record: toRecord(hit), tie: `${hit._source?.place} ${hit._id}` }));
  }

  async delete({ where: query, signal }: DriverQuery<Query>): Promise<number> {
    let total = 0;
    const request = { index: this.#index, query, refresh: true, max_docs: deletedAtOnce } as const;
    // What was written again while it was being deleted is a conflict, and is looked at once more.
    for (;;) {
      const { deleted = 0, version_conflicts: conflicts = 0 } = await this.#client.deleteByQuery(
        { ...request, conflicts: "proceed" },
        { signal },
      );
      total += deleted;
      if (deleted + conflicts === 0 || (deleted < deletedAtOnce && conflicts === 0)) return total;
    }
  }

  async deleteVersions({ records, signal }: DeleteVersionsRequest): Promise<number> {
    const operations = records.map(({ id, scopeKey, version }) => ({
      delete: { _index: this.#index, _id: recordKey(id, scopeKey), ...atVersion(version) },
    }));
    const request = { operations, refresh: true, require_alias: true };
    const { items } = await this.#client.bulk(request, { signal });
    for (const { delete: item } of items)
      if (item?.error && item.status !== conflictStatus) throw new ItemError(item.status, item.error);
    return items.filter((item) => item.delete?.result === "deleted").length;
  }

  async count({ where: query, signal }: DriverQuery<Query>): Promise<number> {
    return (await this.#client.count({ index: this.#index, query }, { signal })).count;
  }

  /** Where each record lies among those of the same moment: where it lay before, or after all others. */
  async #places(
    records: readonly VectorRecord[],
    signal: AbortSignal,
  ): Promise<(record: VectorRecord) => number> {
    const unread = records.filter(({ expected }) => expected === undefined);
    const ids = unread.map(({ id, scopeKey }) => recordKey(id, scopeKey));
    const request = { index: this.#index, ids, _source_includes: ["place"] };
    const { docs } =
      ids.length > 0 ? await this.#client.mget<Pick<Document, "place">>(request, { signal }) : { docs: [] };
    const known = new Map(
      docs.flatMap((doc) => ("_source" in doc && doc._source ? [[doc._id, doc._source.place]] : [])),
    );
    return ({ id, scopeKey, expected }) => {
      if (typeof expected === "object") return placeOf(expected.version);
      return (expected ? undefined : known.get(recordKey(id, scopeKey))) ?? nextPlace();
    };
  }

  async #search(
    signal: AbortSignal,
    request: estypes.SearchRequest,
    vectors = false,
  ): Promise<readonly estypes.SearchHit<Document>[]> {
    const { hits } = await this.#client.search<Document>(
      {
        index: this.#index,
        track_total_hits: false,
        _source: source(vectors),
        seq_no_primary_term: true,
        ...request,
      },
      { signal },
    );
    return hits.hits;
  }
}
