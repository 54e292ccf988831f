import {
  type DeleteRequest,
  type GetQuery,
  type ListQuery,
  type Manifest,
  type Namespace,
  type NamespaceKey,
  type Page,
  type Query,
  type ScopeFilter,
  type ScoredRecord,
  type StoredRecord,
  scopeFilter,
  type TextQuery,
  type UpsertRequest,
  type VectorQuery,
} from "@loci/core/store";
import type { Mode, Row, Session } from "./connection.ts";
import { Parameters, predicate } from "./predicate.ts";
import { recordColumns, toRecord, toRows, toScored, upsertSql, vectorText } from "./record-rows.ts";
import { setReach } from "./schema.ts";
import { wordSearch } from "./word-search.ts";

/** Runs a task in a transaction whose role is the namespace's own. */
export type AsRole = <T>(
  mode: Mode,
  task: (query: Session) => Promise<T>,
  signal: AbortSignal | undefined,
) => Promise<T>;

/** Up to here vectors are compared one by one; above, by the index. As many as autovacuum has counted. */
const exactRows = 10_000;
/** How far the index looks, by pgvector's `hnsw.ef_search`. */
const widestSearch = 1000;

/** One namespace: one schema. */
export class PostgresNamespace implements Namespace {
  readonly manifest: Manifest;
  readonly #key: NamespaceKey;
  readonly #asRole: AsRole;
  /** As many as autovacuum has counted, when last looked at. */
  #rows: number | undefined;

  constructor(key: NamespaceKey, manifest: Manifest, asRole: AsRole) {
    this.#key = key;
    this.manifest = manifest;
    this.#asRole = asRole;
  }

  get #vectors(): boolean {
    return this.manifest.embedder !== null;
  }

  async upsert({ records, signal }: UpsertRequest): Promise<void> {
    if (records.length === 0) return;
    const rows = toRows(records, this.#vectors);
    await this.#asRole(
      "write",
      (query) =>
        Promise.all([
          setReach(query, this.#key, scopeFilter({}, "within")),
          query(upsertSql(this.#key, this.#vectors), [rows]),
        ]),
      signal,
    );
  }

  async search(query: VectorQuery): Promise<readonly ScoredRecord[]> {
    const { scope, signal, limit } = query;
    if (!this.#vectors) return [];
    const parameters = new Parameters();
    const where = predicate(scope, query.filter, parameters);
    const vector = parameters.add(vectorText(query.vector), "vector");
    const most = parameters.add(limit, "int");
    // The columns are made into text for what was found alone, not for every row that was compared.
    const nearest = (order: string) => `select ${recordColumns()}, r.score from (
        select r.*, 1 - (r.vector <=> ${vector}) as score from ${this.#key}.records r
        where ${where} and r.vector is not null order by ${order} limit ${most}
      ) r order by r.score desc, r.seq`;
    return this.#asRole(
      "read",
      async (session) => {
        const told = setReach(session, this.#key, scope).then((rows) => {
          this.#rows = rows;
        });
        // The first search waits for the number; later ones go by the last one that was seen.
        if (this.#rows === undefined) await told;
        if ((this.#rows ?? 0) > exactRows) {
          const breadth = String(Math.min(widestSearch, Math.max(200, 4 * limit)));
          const [, , near] = await Promise.all([
            told,
            session(
              "select set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', 'strict_order', true)",
              [breadth],
            ),
            session(nearest(`r.vector <=> ${vector}`), parameters.values),
          ]);
          if (near.rows.length >= limit) return near.rows.map(toScored);
        }
        // Ordered by what no index knows, so that every vector is compared.
        const [, found] = await Promise.all([told, session(nearest("score desc, r.seq"), parameters.values)]);
        return found.rows.map(toScored);
      },
      signal,
    );
  }

  async searchText(query: TextQuery): Promise<readonly ScoredRecord[]> {
    if (query.terms.length === 0) return [];
    const { sql, values } = wordSearch(this.#key, query);
    return this.#read(query.scope, sql, values, query.signal, toScored);
  }

  async get({ ids, scope, vectors, signal }: GetQuery): Promise<readonly StoredRecord[]> {
    const parameters = new Parameters();
    const where = predicate(scope, undefined, parameters);
    const columns = recordColumns(vectors && this.#vectors);
    const sql = `select ${columns} from ${this.#key}.records r where ${where} and r.id = any(${parameters.add(ids, "text[]")})`;
    return this.#read(scope, sql, parameters.values, signal, toRecord);
  }

  async list({ scope, filter, limit, cursor, vectors, signal }: ListQuery): Promise<Page> {
    const parameters = new Parameters();
    const conditions = [predicate(scope, filter, parameters)];
    if (cursor !== undefined) {
      const [created, seq] = JSON.parse(cursor) as [number, string];
      conditions.push(
        `(r.created_at, r.seq) < (${parameters.add(created, "float8")}, ${parameters.add(seq, "bigint")})`,
      );
    }
    const sql = `select ${recordColumns(vectors && this.#vectors)} from ${this.#key}.records r
      where ${conditions.join(" and ")} order by r.created_at desc, r.seq desc limit ${parameters.add(limit + 1, "int")}`;
    const rows = await this.#read(scope, sql, parameters.values, signal, (row) => row);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      records: page.map(toRecord),
      ...(last && rows.length > limit ? { cursor: JSON.stringify([last.created_at, last.seq]) } : {}),
    };
  }

  async delete({ scope, ids, filter, signal }: DeleteRequest): Promise<number> {
    const parameters = new Parameters();
    const conditions = [predicate(scope, filter, parameters)];
    if (ids) conditions.push(`r.id = any(${parameters.add(ids, "text[]")})`);
    const sql = `delete from ${this.#key}.records r where ${conditions.join(" and ")}`;
    return this.#asRole(
      "write",
      async (query) => {
        const [, { count }] = await Promise.all([
          setReach(query, this.#key, scope),
          query(sql, parameters.values),
        ]);
        return count;
      },
      signal,
    );
  }

  async count({ scope, filter, signal }: Query): Promise<number> {
    const parameters = new Parameters();
    const where = predicate(scope, filter, parameters);
    const sql = `select count(*)::int as count from ${this.#key}.records r where ${where}`;
    const [count] = await this.#read(scope, sql, parameters.values, signal, (row) => Number(row.count));
    return count ?? 0;
  }

  #read<T>(
    scope: ScopeFilter,
    sql: string,
    values: readonly unknown[],
    signal: AbortSignal | undefined,
    decode: (row: Row) => T,
  ): Promise<readonly T[]> {
    return this.#asRole(
      "read",
      async (query) => {
        const [, { rows }] = await Promise.all([setReach(query, this.#key, scope), query(sql, values)]);
        return rows.map(decode);
      },
      signal,
    );
  }
}
