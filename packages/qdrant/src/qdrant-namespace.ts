import type { DeleteRequest, GetQuery, UpsertRequest } from "@loci/core/store";
import {
  columnNames,
  type ListQuery,
  type Manifest,
  type Namespace,
  type NamespaceKey,
  type Page,
  type Query,
  queryTermVector,
  type ScoredRecord,
  type StoredRecord,
  type TextQuery,
  type VectorQuery,
} from "@loci/core/store";
import type { Schemas } from "@qdrant/js-client-rest";
import type { Connection } from "./connection.ts";
import { anyToken, type Conditions, idToken, predicate } from "./predicate.ts";
import { type Point, tieOf, toPoint, toRecord } from "./record-rows.ts";
import { denseVector, wordVector } from "./schema.ts";

type Condition = Schemas["Condition"];

/** Up to here vectors are compared one by one. */
const exactPoints = 10_000;
/** For how long the number of points is taken to be what it was, in milliseconds. */
const sizeHolds = 60_000;
const pageSize = 1000;

/** One namespace: one collection. */
export class QdrantNamespace implements Namespace {
  readonly manifest: Manifest;
  readonly #key: NamespaceKey;
  readonly #connection: Connection;
  #points: number;
  #counted = Date.now();

  constructor(key: NamespaceKey, manifest: Manifest, points: number, connection: Connection) {
    this.#key = key;
    this.manifest = manifest;
    this.#points = points;
    this.#connection = connection;
  }

  async upsert({ records, signal }: UpsertRequest): Promise<void> {
    if (records.length === 0) return;
    const points = [...new Map(records.map(toPoint).map((point) => [point.id, point])).values()];
    await this.#connection.call(this.#key, signal, (api, init) =>
      api.upsertPoints({ collection_name: this.#key, wait: true, points }, init),
    );
  }

  async search({ scope, filter, vector, limit, signal }: VectorQuery): Promise<readonly ScoredRecord[]> {
    if (!this.manifest.embedder) return [];
    const conditions = predicate(scope, filter);
    const small = await this.#isSmall(signal);
    const near = await this.#query([...vector], denseVector, conditions, limit, small, signal);
    // The index follows the filter as far as it is connected; where that was not far enough, every vector is compared.
    const complete = small || near.length >= limit;
    return complete ? near : this.#query([...vector], denseVector, conditions, limit, true, signal);
  }

  async searchText({
    terms,
    weights,
    scope,
    filter,
    limit,
    signal,
  }: TextQuery): Promise<readonly ScoredRecord[]> {
    const { indices, values } = queryTermVector(terms, weights);
    if (indices.length === 0) return [];
    const query = { indices: [...indices], values: [...values] };
    const found = await this.#query(query, wordVector, predicate(scope, filter), limit, true, signal);
    // Qdrant adds up in single precision and in no fixed order: what follows the sixth digit is noise.
    return found.map(({ record, score }) => ({ record, score: Number(score.toPrecision(6)) }));
  }

  async get({ ids, scope, vectors, signal }: GetQuery): Promise<readonly StoredRecord[]> {
    if (ids.length === 0) return [];
    const filter = predicate(scope, undefined, anyToken(ids.map(idToken)));
    const found: StoredRecord[] = [];
    for (let offset: Schemas["ExtendedPointId"] | undefined; ; ) {
      const page = await this.#scroll(
        { filter, limit: pageSize, ...(offset === undefined ? {} : { offset }) },
        vectors,
        signal,
      );
      found.push(...page.points.map(toRecord));
      if (page.next_page_offset === null || page.next_page_offset === undefined) return found;
      offset = page.next_page_offset as Schemas["ExtendedPointId"];
    }
  }

  async list({ scope, filter, limit, cursor, vectors, signal }: ListQuery): Promise<Page> {
    const at = cursor === undefined ? undefined : (JSON.parse(cursor) as [created: number, tie: number]);
    const inOrder = async (key: string, most: number, ...more: readonly Condition[]) => {
      if (most <= 0) return [];
      const order_by = { key, direction: key === "tie" ? "asc" : "desc" } as const;
      const page = await this.#scroll(
        { filter: predicate(scope, filter, ...more), limit: most, order_by },
        vectors,
        signal,
      );
      return page.points;
    };
    // What was created at one moment has no order in Qdrant, so that such a group is read by its second key.
    const group = (created: number, tie: number, most: number) =>
      inOrder(
        "tie",
        most,
        { key: "created_at", range: { gte: created, lte: created } },
        { key: "tie", range: { gt: tie } },
      );
    const most = limit + 1;
    const points = at ? [...(await group(at[0], at[1], most))] : [];
    const rest = await inOrder(
      "created_at",
      most - points.length,
      ...(at ? [{ key: "created_at", range: { lt: at[0] } }] : []),
    );
    const last = timeOf(rest.at(-1));
    const whole = rest.filter((point) => timeOf(point) !== last);
    points.push(...inTies(whole));
    if (last !== undefined) points.push(...(await group(last, -1, most - points.length)));
    const page = points.slice(0, limit);
    const end = page.at(-1);
    return {
      records: page.map(toRecord),
      ...(end && points.length > limit
        ? { cursor: JSON.stringify([timeOf(end), tieOf(String(end.id))]) }
        : {}),
    };
  }

  async delete({ scope, ids, filter, signal }: DeleteRequest): Promise<number> {
    if (ids?.length === 0) return 0;
    const doomed = ids ? predicate(scope, undefined, anyToken(ids.map(idToken))) : predicate(scope, filter);
    // Qdrant does not say how many it deleted.
    const count = await this.#count(doomed, signal);
    await this.#connection.call(this.#key, signal, (api, init) =>
      api.deletePoints({ collection_name: this.#key, wait: true, filter: doomed }, init),
    );
    return count;
  }

  async count({ scope, filter, signal }: Query): Promise<number> {
    return this.#count(predicate(scope, filter), signal);
  }

  async #count(filter: Conditions, signal: AbortSignal | undefined): Promise<number> {
    const { count } = await this.#connection.call(this.#key, signal, (api, init) =>
      api.countPoints({ collection_name: this.#key, filter, exact: true }, init),
    );
    return count;
  }

  async #query(
    query: number[] | { indices: number[]; values: number[] },
    using: string,
    filter: Conditions,
    limit: number,
    exact: boolean,
    signal: AbortSignal | undefined,
  ): Promise<readonly ScoredRecord[]> {
    const params = exact ? { exact } : { hnsw_ef: Math.max(128, 2 * limit) };
    const { points } = await this.#connection.call(this.#key, signal, (api, init) =>
      api.queryPoints(
        { collection_name: this.#key, query, using, filter, limit, params, with_payload: [...columnNames] },
        init,
      ),
    );
    return points.map((point) => ({ record: toRecord(point as Point), score: point.score }));
  }

  async #scroll(
    request: Schemas["ScrollRequest"],
    vectors: boolean | undefined,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly points: readonly Point[]; readonly next_page_offset?: unknown }> {
    const page = await this.#connection.call(this.#key, signal, (api, init) =>
      api.scrollPoints(
        {
          collection_name: this.#key,
          ...request,
          with_payload: [...columnNames],
          with_vector: vectors && this.manifest.embedder ? [denseVector] : false,
        },
        init,
      ),
    );
    return page as { points: Point[]; next_page_offset?: unknown };
  }

  async #isSmall(signal: AbortSignal | undefined): Promise<boolean> {
    if (Date.now() - this.#counted > sizeHolds) {
      const info = await this.#connection.call(this.#key, signal, (api, init) =>
        api.getCollection({ collection_name: this.#key }, init),
      );
      this.#points = info.points_count ?? 0;
      this.#counted = Date.now();
    }
    return this.#points <= exactPoints;
  }
}

function timeOf(point: Point | undefined): number | undefined {
  return point && Number(point.payload?.created_at);
}

/** Sorts points by their two keys. */
function inTies(points: readonly Point[]): readonly Point[] {
  const tie = ({ id }: Point) => tieOf(String(id));
  return [...points].sort((a, b) => Number(timeOf(b)) - Number(timeOf(a)) || tie(a) - tie(b));
}
