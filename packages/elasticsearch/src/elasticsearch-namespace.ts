import type { Client, estypes } from "@elastic/elasticsearch";
import { PartialWriteError } from "@loci/core";
import type {
  DeleteRequest,
  GetQuery,
  ListQuery,
  Manifest,
  Namespace,
  NamespaceKey,
  Page,
  Query,
  ScoredRecord,
  StoredRecord,
  TextQuery,
  UpsertRequest,
  VectorQuery,
} from "@loci/core/store";
import { mapAnswer, mapError } from "./map-error.ts";
import { predicate } from "./predicate.ts";
import { type Document, source, toDocument, toRecord } from "./record-rows.ts";
import { writeAlias } from "./schema.ts";
import { wordQuery } from "./word-search.ts";

/** The index compares as many vectors in full as this, so that namespaces up to here are searched exactly. */
const candidates = 1000;
const maxCandidates = 10_000;
/** The most documents of one answer. */
const pageSize = 1000;
/** The most documents that one request deletes, so that none of them lasts longer than a client waits. */
const deletedAtOnce = 10_000;

/** One namespace: one index. */
export class ElasticsearchNamespace implements Namespace {
  readonly manifest: Manifest;
  readonly #key: NamespaceKey;
  readonly #client: Client;

  constructor(key: NamespaceKey, manifest: Manifest, client: Client) {
    this.#key = key;
    this.manifest = manifest;
    this.#client = client;
  }

  async upsert({ records, signal }: UpsertRequest): Promise<void> {
    if (records.length === 0) return;
    const index = writeAlias(this.#key);
    const operations = records.flatMap((record) => {
      const document = toDocument(record);
      return [{ index: { _index: index, _id: document.key } }, document];
    });
    const { errors, items } = await this.#call(signal, (options) =>
      this.#client.bulk({ operations, refresh: true, require_alias: true }, options),
    );
    if (!errors) return;
    const failures = items.map(({ index: item }) => item?.error);
    const first = failures.findIndex((failure) => failure !== undefined);
    const failure = failures[first];
    const status = items[first]?.index?.status ?? 0;
    const cause = mapAnswer(status, failure?.type ?? "", failure?.reason ?? "", this.#key);
    const stored = records.filter((_, at) => !failures[at]).map(({ id }) => id);
    if (stored.length === 0) throw cause;
    throw new PartialWriteError(
      `${stored.length} of ${records.length} records were stored. ${cause.message}`,
      { stored, failed: records.filter((_, at) => failures[at]).map(({ id }) => id) },
      { cause, retryable: cause.retryable },
    );
  }

  async search({ scope, filter, vector, limit, signal }: VectorQuery): Promise<readonly ScoredRecord[]> {
    if (!this.manifest.embedder) return [];
    const hits = await this.#hits(signal, {
      size: limit,
      knn: {
        field: "vector",
        query_vector: [...vector],
        k: limit,
        num_candidates: Math.min(maxCandidates, Math.max(candidates, 10 * limit)),
        filter: predicate(scope, filter),
      },
    });
    // The score of a cosine is (1 + cosine) / 2.
    return hits.map((hit) => ({ record: recordOf(hit), score: 2 * (hit._score ?? 0) - 1 }));
  }

  async searchText(query: TextQuery): Promise<readonly ScoredRecord[]> {
    const { scope, filter, limit, signal } = query;
    if (query.terms.length === 0) return [];
    const hits = await this.#hits(signal, {
      size: limit,
      query: { bool: { must: [wordQuery(query)], filter: predicate(scope, filter) } },
    });
    return hits.map((hit) => ({ record: recordOf(hit), score: hit._score ?? 0 }));
  }

  async get({ ids, scope, vectors, signal }: GetQuery): Promise<readonly StoredRecord[]> {
    if (ids.length === 0) return [];
    const filter = [...predicate(scope), { terms: { id: [...ids] } }];
    const records: StoredRecord[] = [];
    // One id has a record at each of several placements: there may be more than one page of them.
    for (let after: estypes.SortResults | undefined; ; ) {
      const hits = await this.#hits(
        signal,
        {
          size: pageSize,
          query: { bool: { filter } },
          sort: [{ key: "asc" }],
          ...(after ? { search_after: after } : {}),
        },
        vectors,
      );
      records.push(...hits.map(recordOf));
      after = hits.at(-1)?.sort;
      if (hits.length < pageSize) return records;
    }
  }

  async list({ scope, filter, limit, cursor, vectors, signal }: ListQuery): Promise<Page> {
    const hits = await this.#hits(
      signal,
      {
        size: limit + 1,
        query: { bool: { filter: predicate(scope, filter) } },
        sort: [{ created_at: "desc" }, { key: "asc" }],
        ...(cursor === undefined ? {} : { search_after: JSON.parse(cursor) as estypes.SortResults }),
      },
      vectors,
    );
    const page = hits.slice(0, limit);
    const last = page.at(-1)?.sort;
    return {
      records: page.map(recordOf),
      ...(last && hits.length > limit ? { cursor: JSON.stringify(last) } : {}),
    };
  }

  async delete({ scope, ids, filter, signal }: DeleteRequest): Promise<number> {
    const doomed = ids ? [...predicate(scope), { terms: { id: [...ids] } }] : predicate(scope, filter);
    let total = 0;
    // What was written again while it was being deleted is a conflict, and is looked at once more.
    for (;;) {
      const { deleted = 0, version_conflicts: conflicts = 0 } = await this.#call(signal, (options) =>
        this.#client.deleteByQuery(
          {
            index: this.#key,
            query: { bool: { filter: doomed } },
            refresh: true,
            conflicts: "proceed",
            max_docs: deletedAtOnce,
          },
          options,
        ),
      );
      total += deleted;
      if (deleted + conflicts === 0 || (deleted < deletedAtOnce && conflicts === 0)) return total;
    }
  }

  async count({ scope, filter, signal }: Query): Promise<number> {
    const query = { bool: { filter: predicate(scope, filter) } };
    const { count } = await this.#call(signal, (options) =>
      this.#client.count({ index: this.#key, query }, options),
    );
    return count;
  }

  async #hits(
    signal: AbortSignal | undefined,
    request: estypes.SearchRequest,
    vectors?: boolean,
  ): Promise<readonly estypes.SearchHit<Document>[]> {
    const { hits } = await this.#call(signal, (options) =>
      this.#client.search<Document>(
        { index: this.#key, track_total_hits: false, _source: source(vectors), ...request },
        options,
      ),
    );
    return hits.hits;
  }

  async #call<T>(
    signal: AbortSignal | undefined,
    run: (options: { readonly signal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await run(signal ? { signal } : {});
    } catch (error) {
      throw signal?.aborted ? signal.reason : mapError(error, this.#key);
    }
  }
}

function recordOf(hit: estypes.SearchHit<Document>): StoredRecord {
  return toRecord(hit._source as Document);
}
