import {
  type DeleteVersionsRequest,
  type DriverGetQuery,
  type DriverListQuery,
  type DriverQuery,
  type DriverTextQuery,
  type DriverVectorQuery,
  type ListedRecord,
  type Manifest,
  type NamespaceDriver,
  type NamespaceKey,
  queryTermVector,
  recordKey,
  type ScoredRecord,
  type StoredRecord,
  type WriteOutcome,
  type WriteRequest,
} from "@loci/core/store";
import type { Schemas } from "@qdrant/js-client-rest";
import type { Condition } from "./dialect.ts";
import { listPage } from "./list-page.ts";
import { placeOf } from "./point-version.ts";
import { type Point, toRecord, type Written, wantedPayload } from "./record-rows.ts";
import type { Requests } from "./requests.ts";
import { denseVector, wordVector } from "./schema.ts";
import { hasVersion, writePoints } from "./write-points.ts";

/** Up to here vectors are compared one by one. */
const exactPoints = 10_000;
/** For how long the number of points is taken to be what it was, in milliseconds. */
const sizeHolds = 60_000;
const pageSize = 1000;
/** Answers with vectors are long, and reading one holds the event loop. */
const vectorPageSize = 200;

/** One namespace: one collection. */
export class QdrantNamespace implements NamespaceDriver<Condition> {
  readonly manifest: Manifest;
  readonly #key: { readonly collection_name: NamespaceKey };
  readonly #requestsOfCall: () => Requests;
  #points: number;
  #counted = Date.now();

  /** @param requestsOfCall makes the requests of one call */
  constructor(key: NamespaceKey, manifest: Manifest, points: number, requestsOfCall: () => Requests) {
    this.#key = { collection_name: key };
    this.manifest = manifest;
    this.#points = points;
    this.#requestsOfCall = requestsOfCall;
  }

  async write({ records, signal }: WriteRequest): Promise<readonly WriteOutcome[]> {
    const requests = this.#requestsOfCall();
    const { made } = requests;
    const marked = (point: Written) => ({ ...point, payload: { ...point.payload, made } });
    return writePoints(records, {
      upsert: (request) =>
        requests.write(signal, (api, init) =>
          api.upsertPoints(
            { ...this.#key, wait: true, ...request, points: request.points.map(marked) },
            init,
          ),
        ),
      find: (ids) => this.#find(requests, signal, [{ has_id: [...ids] }]),
    });
  }

  async search({ vector, ...query }: DriverVectorQuery<Condition>): Promise<readonly ScoredRecord[]> {
    const asked = { query: [...vector], using: denseVector };
    const exact = { ...asked, params: { exact: true } };
    if (await this.#isSmall(query.signal)) return this.#query(query, exact);
    const near = await this.#query(query, { ...asked, params: { hnsw_ef: Math.max(128, 2 * query.limit) } });
    // The index follows the filter as far as it is connected; where that was not far enough, every vector is compared.
    return near.length < query.limit ? this.#query(query, exact) : near;
  }

  async searchText({
    terms,
    weights,
    ...query
  }: DriverTextQuery<Condition>): Promise<readonly ScoredRecord[]> {
    const { indices, values } = queryTermVector(terms, weights);
    if (indices.length === 0) return [];
    const words = { indices: [...indices], values: [...values] };
    const found = await this.#query(query, { query: words, using: wordVector, params: { exact: true } });
    // Qdrant adds up in single precision and in no fixed order: what follows the sixth digit is noise.
    return found.map(({ record, score }) => ({ record, score: Number(score.toPrecision(6)) }));
  }

  async get(query: DriverGetQuery<Condition>): Promise<readonly StoredRecord[]> {
    const found: StoredRecord[] = [];
    for (let offset: unknown; ; ) {
      const from = offset === undefined ? {} : { offset: offset as Schemas["ExtendedPointId"] };
      const { points, next_page_offset } = await this.#scroll(query, {
        limit: query.vectors ? vectorPageSize : pageSize,
        ...from,
      });
      found.push(...points.map(toRecord));
      if (next_page_offset === null || next_page_offset === undefined) return found;
      offset = next_page_offset;
    }
  }

  list({ limit, after, ...query }: DriverListQuery<Condition>): Promise<readonly ListedRecord[]> {
    return listPage({ limit, after }, async (key, most, ...more) => {
      const order_by = { key, direction: "desc" } as const;
      return (await this.#scroll(query, { limit: most, order_by }, more)).points.map(listed);
    });
  }

  async delete(query: DriverQuery<Condition>): Promise<number> {
    // Qdrant does not say how many it deleted.
    const requests = this.#requestsOfCall();
    const count = await this.#count(requests, query);
    await requests.write(query.signal, (api, init) =>
      api.deletePoints({ ...this.#key, wait: true, filter: filterOf(query) }, init),
    );
    return count;
  }

  async deleteVersions({ records, signal }: DeleteVersionsRequest): Promise<number> {
    const atVersion: Condition = {
      should: records.map(({ id, scopeKey, version }) => hasVersion(recordKey(id, scopeKey), version)),
    };
    const requests = this.#requestsOfCall();
    const doomed = await this.#find(requests, signal, [atVersion]);
    if (doomed.length === 0) return 0;
    await requests.write(signal, (api, init) =>
      api.deletePoints({ ...this.#key, wait: true, filter: { must: [atVersion] } }, init),
    );
    // What is still there was written again meanwhile. Qdrant does not say how many it deleted.
    const has_id = doomed.map(({ id }) => id as string);
    return doomed.length - (await this.#find(requests, signal, [{ has_id }])).length;
  }

  count(query: DriverQuery<Condition>): Promise<number> {
    return this.#count(this.#requestsOfCall(), query);
  }

  async #count(requests: Requests, query: DriverQuery<Condition>): Promise<number> {
    const { count } = await requests.read(query.signal, (api, init) =>
      api.countPoints({ ...this.#key, filter: filterOf(query), exact: true }, init),
    );
    return count;
  }

  async #query(
    { limit, ...query }: DriverQuery<Condition> & { readonly limit: number },
    asked: Pick<Schemas["QueryRequest"], "query" | "using" | "params">,
  ): Promise<readonly ScoredRecord[]> {
    const request = {
      ...this.#key,
      ...asked,
      filter: filterOf(query),
      limit,
      with_payload: [...wantedPayload],
    };
    const { points } = await this.#requestsOfCall().readPoints(query.signal, (api, init) =>
      api.queryPoints(request, init),
    );
    return points.map((point) => ({ record: toRecord(point), score: point.score }));
  }

  async #scroll(
    query: DriverGetQuery<Condition>,
    page: Schemas["ScrollRequest"],
    more: readonly Condition[] = [],
  ): Promise<{ readonly points: readonly Point[]; readonly next_page_offset?: unknown }> {
    const with_vector = query.vectors && this.manifest.embedder ? [denseVector] : false;
    const wanted = { with_payload: [...wantedPayload], with_vector };
    return this.#requestsOfCall().readPoints(query.signal, (api, init) =>
      api.scrollPoints({ ...this.#key, ...page, filter: filterOf(query, more), ...wanted }, init),
    );
  }

  /** All points that match, with their versions. They are no more than one request may be about. */
  async #find(
    requests: Requests,
    signal: AbortSignal,
    must: readonly Condition[],
  ): Promise<readonly Point[]> {
    const with_payload = ["version", "made"];
    const request = { ...this.#key, filter: { must: [...must] }, limit: pageSize, with_payload };
    const { points } = await requests.readPoints(signal, (api, init) => api.scrollPoints(request, init));
    return points;
  }

  async #isSmall(signal: AbortSignal): Promise<boolean> {
    if (Date.now() - this.#counted > sizeHolds) {
      const info = await this.#requestsOfCall().read(signal, (api, init) =>
        api.getCollection(this.#key, init),
      );
      this.#points = info.points_count ?? 0;
      this.#counted = Date.now();
    }
    return this.#points <= exactPoints;
  }
}

/** The filter of every request. Never empty: an empty one would match everything. */
function filterOf({ where }: DriverQuery<Condition>, more: readonly Condition[] = []): Schemas["Filter"] {
  return { must: [where, ...more] };
}

function listed(point: Point): ListedRecord {
  const record = toRecord(point);
  return { record, tie: `${placeOf(record.version)} ${point.id}` };
}
