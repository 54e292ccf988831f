import {
  type Filter,
  type ListQuery,
  type Manifest,
  type Namespace,
  type NamespaceKey,
  type Page,
  type Reach,
  type ScoredRecord,
  type StoredRecord,
  type TextQuery,
  type VectorQuery,
  type VectorRecord,
  writeReach,
} from "@loci/core";
import type { Session } from "./connection.ts";
import { Parameters, predicate } from "./predicate.ts";
import { recordColumns, toRecord, toRows, toScored, upsertSql, vectorText } from "./record-rows.ts";
import { setReach } from "./schema.ts";
import { wordSearch } from "./word-search.ts";

type Signal = { readonly signal?: AbortSignal };
/** Runs a task in a transaction whose role is the namespace's own. */
export type AsRole = <T>(task: (query: Session) => Promise<T>, signal: AbortSignal | undefined) => Promise<T>;

/** Up to here vectors are compared one by one; above, by the index. As many as autovacuum has counted. */
const exactRows = 10_000;
/** How far the index looks, by pgvector's `hnsw.ef_search`. */
const widestSearch = 1000;

/** One namespace: one schema. */
export class PostgresNamespace implements Namespace {
  readonly manifest: Manifest;
  readonly #key: NamespaceKey;
  readonly #asRole: AsRole;

  constructor(key: NamespaceKey, manifest: Manifest, asRole: AsRole) {
    this.#key = key;
    this.manifest = manifest;
    this.#asRole = asRole;
  }

  get #vectors(): boolean {
    return this.manifest.embedder !== null;
  }

  async upsert(records: readonly VectorRecord[], { signal }: Signal = {}): Promise<void> {
    if (records.length === 0) return;
    const rows = toRows(records, this.#vectors);
    await this.#asRole(async (query) => {
      await setReach(query, writeReach({}));
      await query(upsertSql(this.#key, this.#vectors), [rows]);
    }, signal);
  }

  async search(query: VectorQuery): Promise<readonly ScoredRecord[]> {
    const { within, signal, limit } = query;
    if (!this.#vectors) return [];
    const parameters = new Parameters();
    const where = predicate(within, query.filter, parameters);
    const vector = parameters.add(vectorText(query.vector), "vector");
    const most = parameters.add(limit, "int");
    const select = `select ${recordColumns()}, 1 - (r.vector <=> ${vector}) as score
      from ${this.#key}.records r where ${where} and r.vector is not null`;
    return this.#asRole(async (session) => {
      await setReach(session, within);
      if (await this.#isLarge(session)) {
        const breadth = String(Math.min(widestSearch, Math.max(200, 4 * limit)));
        await session(
          "select set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', 'strict_order', true)",
          [breadth],
        );
        const near = await session(
          `${select} order by r.vector <=> ${vector} limit ${most}`,
          parameters.values,
        );
        if (near.rows.length >= limit) return near.rows.map(toScored);
      }
      // Ordered by what no index knows, so that every vector is compared.
      const found = await session(`${select} order by score desc, r.seq limit ${most}`, parameters.values);
      return found.rows.map(toScored);
    }, signal);
  }

  async searchText(query: TextQuery): Promise<readonly ScoredRecord[]> {
    if (query.terms.length === 0) return [];
    const { sql, values } = wordSearch(this.#key, query);
    return this.#read(query.within, sql, values, query.signal, toScored);
  }

  async get(
    ids: readonly string[],
    within: Reach,
    options: Signal & { readonly vectors?: boolean } = {},
  ): Promise<readonly StoredRecord[]> {
    const parameters = new Parameters();
    const where = predicate(within, undefined, parameters);
    const columns = recordColumns(options.vectors && this.#vectors);
    const sql = `select ${columns} from ${this.#key}.records r where ${where} and r.id = any(${parameters.add(ids, "text[]")})`;
    return this.#read(within, sql, parameters.values, options.signal, toRecord);
  }

  async list({ within, filter, limit, cursor, vectors, signal }: ListQuery): Promise<Page> {
    const parameters = new Parameters();
    const conditions = [predicate(within, filter, parameters)];
    if (cursor !== undefined) {
      const [created, seq] = JSON.parse(cursor) as [number, string];
      conditions.push(
        `(r.created_at, r.seq) < (${parameters.add(created, "float8")}, ${parameters.add(seq, "bigint")})`,
      );
    }
    const sql = `select ${recordColumns(vectors && this.#vectors)} from ${this.#key}.records r
      where ${conditions.join(" and ")} order by r.created_at desc, r.seq desc limit ${parameters.add(limit + 1, "int")}`;
    const rows = await this.#read(within, sql, parameters.values, signal, (row) => row);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      records: page.map(toRecord),
      ...(last && rows.length > limit ? { cursor: JSON.stringify([last.created_at, last.seq]) } : {}),
    };
  }

  async delete(
    target: { readonly ids: readonly string[] } | { readonly filter?: Filter },
    within: Reach,
    { signal }: Signal = {},
  ): Promise<number> {
    const parameters = new Parameters();
    const conditions = [predicate(within, "ids" in target ? undefined : target.filter, parameters)];
    if ("ids" in target) conditions.push(`r.id = any(${parameters.add(target.ids, "text[]")})`);
    return this.#asRole(async (query) => {
      await setReach(query, within);
      const sql = `delete from ${this.#key}.records r where ${conditions.join(" and ")}`;
      return (await query(sql, parameters.values)).count;
    }, signal);
  }

  async count(within: Reach, filter?: Filter, { signal }: Signal = {}): Promise<number> {
    const parameters = new Parameters();
    const where = predicate(within, filter, parameters);
    const sql = `select count(*)::int as count from ${this.#key}.records r where ${where}`;
    const [count] = await this.#read(within, sql, parameters.values, signal, (row) => Number(row.count));
    return count ?? 0;
  }

  #read<T>(
    within: Reach,
    sql: string,
    values: readonly unknown[],
    signal: AbortSignal | undefined,
    decode: (row: Record<string, unknown>) => T,
  ): Promise<readonly T[]> {
    return this.#asRole(async (query) => {
      await setReach(query, within);
      return (await query(sql, values)).rows.map(decode);
    }, signal);
  }

  async #isLarge(query: Session): Promise<boolean> {
    const { rows } = await query("select reltuples from pg_class where oid = $1::regclass", [
      `${this.#key}.records`,
    ]);
    return Number(rows[0]?.reltuples) > exactRows;
  }
}
