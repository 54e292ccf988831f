import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { bm25InSteps } from "../text/bm25.ts";
import { dot } from "../util/dot.ts";
import { inTurns, isTurnOver, nextTurn } from "../util/event-loop-turn.ts";
import { Highest } from "../util/highest.ts";
import { sortInSteps } from "../util/sort-in-steps.ts";
import { defineStore } from "./define-store.ts";
import type { ListPosition } from "./list-cursor.ts";
import type { Manifest } from "./manifest.ts";
import type { NamespaceKey } from "./namespace-key.ts";
import { type RecordTest, scanDialect } from "./scan-dialect.ts";
import type {
  DeleteVersionsRequest,
  DriverGetQuery,
  DriverListQuery,
  DriverQuery,
  DriverTextQuery,
  DriverVectorQuery,
  ListedRecord,
  NamespaceDriver,
  WriteOutcome,
  WriteRequest,
} from "./store-driver.ts";
import type { ScoredRecord, StoredRecord, VectorRecord, VectorStore } from "./vector-store.ts";
import { identityOf } from "./write-records.ts";

/**
 * Keeps everything in the memory of this process, and scans it for every query: the reference that other
 * stores are compared with, and a store for tests and for data that need not outlive the process.
 * @example
 * ```ts
 * const memory = new Memory({ store: inMemory() });
 * ```
 */
export function inMemory(): VectorStore {
  const namespaces = new Map<NamespaceKey, InMemoryNamespace>();
  return defineStore<RecordTest>({
    name: "in-memory",
    capabilities: {
      isolation: "physical",
      keyword: true,
      scoreIsolation: "organization",
      erasure: "physical",
      readYourWrites: true,
    },
    limits: { records: Number.POSITIVE_INFINITY },
    dialect: scanDialect,
    classify: () => undefined,
    find: async ({ key }) => namespaces.get(key),
    async create({ key, manifest }) {
      if (!namespaces.has(key)) namespaces.set(key, new InMemoryNamespace(key, manifest));
    },
    async drop({ key }) {
      namespaces.get(key)?.drop();
      return { dropped: namespaces.delete(key), residue: [] };
    },
    leftovers: async ({ key }) => (namespaces.has(key) ? ["a namespace of this process"] : []),
    close: async () => namespaces.clear(),
  });
}

class InMemoryNamespace implements NamespaceDriver<RecordTest> {
  readonly manifest: Manifest;
  readonly ordersWrites = true;
  readonly #key: NamespaceKey;
  #rows: Map<string, Row> | undefined = new Map();
  /** All rows in the order of listings, while nothing is written. */
  #newest: readonly Row[] | undefined;
  #written = 0;
  /** How often anything was written or deleted. */
  #changes = 0;

  constructor(key: NamespaceKey, manifest: Manifest) {
    this.#key = key;
    this.manifest = structuredClone(manifest);
  }

  drop(): void {
    this.#rows = undefined;
  }

  async write({ records, leading }: WriteRequest): Promise<readonly WriteOutcome[]> {
    const outcomes: WriteOutcome[] = [];
    let isLed = true;
    for (const [index, record] of records.entries()) {
      if (isTurnOver()) await nextTurn();
      const outcome = isLed || index < leading ? this.#write(record) : "conflict";
      if (outcome && index < leading) isLed = false;
      outcomes.push(outcome);
    }
    return outcomes;
  }

  #write(record: VectorRecord): WriteOutcome {
    const { expected } = record;
    const all = this.#all();
    const identity = identityOf(record);
    const before = all.get(identity);
    if (expected && (expected === "absent" ? before : before?.version !== expected.version))
      return "conflict";
    this.#written += 1;
    all.set(identity, {
      createdAt: record.fields.$createdAt,
      tie: before?.tie ?? this.#written,
      version: String(this.#written),
      record: frozen(record),
    });
    this.#newest = undefined;
    this.#changes += 1;
    return undefined;
  }

  async search({ where, vector, limit }: DriverVectorQuery<RecordTest>): Promise<readonly ScoredRecord[]> {
    const nearest = new Highest<Row>(limit);
    for (const row of [...this.#all().values()]) {
      if (isTurnOver()) await nextTurn();
      if (row.record.vector && where(row.record)) nearest.add(row, dot(row.record.vector, vector));
    }
    return toScored(nearest);
  }

  async searchText({
    where,
    terms,
    weights,
    limit,
  }: DriverTextQuery<RecordTest>): Promise<readonly ScoredRecord[]> {
    // The statistics are the organization's, the results the scope filter's.
    const rows = [...this.#all().values()];
    const documents = rows.map(({ record }) => record.keywords);
    const scores = await inTurns(bm25InSteps(documents, terms, weights));
    const best = new Highest<Row>(limit);
    for (const [index, row] of rows.entries()) {
      if (isTurnOver()) await nextTurn();
      const score = scores[index] ?? 0;
      if (score > 0 && where(row.record)) best.add(row, score);
    }
    return toScored(best);
  }

  async get({ where, vectors }: DriverGetQuery<RecordTest>): Promise<readonly StoredRecord[]> {
    return (await this.#matching(where)).map((row) => stored(row, vectors));
  }

  async list({
    where,
    limit,
    after,
    vectors,
  }: DriverListQuery<RecordTest>): Promise<readonly ListedRecord[]> {
    const rows = await this.#inOrder();
    const page: ListedRecord[] = [];
    for (let index = after ? firstAfter(rows, after) : 0; index < rows.length; index++) {
      if (page.length === limit) break;
      if (isTurnOver()) await nextTurn();
      const row = rows[index] as Row;
      if (where(row.record)) page.push({ record: stored(row, vectors), tie: row.tie });
    }
    return page;
  }

  /** All rows in the order of listings. */
  async #inOrder(): Promise<readonly Row[]> {
    const all = this.#all();
    if (this.#newest) return this.#newest;
    const changes = this.#changes;
    const sorted = await inTurns(sortInSteps([...all.values()], newestFirst));
    if (changes === this.#changes) this.#newest = sorted;
    return sorted;
  }

  async delete({ where }: DriverQuery<RecordTest>): Promise<number> {
    let deleted = 0;
    for (const row of await this.#matching(where)) {
      if (isTurnOver()) await nextTurn();
      const identity = identityOf(row.record);
      const now = this.#all().get(identity);
      // What was changed meanwhile may be another's, or none that the predicate lets through.
      if (now && where(now.record) && this.#delete(identity)) deleted++;
    }
    return deleted;
  }

  async deleteVersions({ records }: DeleteVersionsRequest): Promise<number> {
    let deleted = 0;
    for (const record of records) {
      if (isTurnOver()) await nextTurn();
      const identity = identityOf(record);
      if (this.#all().get(identity)?.version === record.version && this.#delete(identity)) deleted++;
    }
    return deleted;
  }

  #delete(identity: string): boolean {
    this.#newest = undefined;
    this.#changes += 1;
    return this.#all().delete(identity);
  }

  async count({ where }: DriverQuery<RecordTest>): Promise<number> {
    return (await this.#matching(where)).length;
  }

  #all(): Map<string, Row> {
    if (this.#rows) return this.#rows;
    throw new NamespaceNotFoundError(`There is no namespace ${this.#key} in memory.`, {
      namespace: this.#key,
    });
  }

  async #matching(where: RecordTest): Promise<Row[]> {
    const found: Row[] = [];
    for (const row of [...this.#all().values()]) {
      if (isTurnOver()) await nextTurn();
      if (where(row.record)) found.push(row);
    }
    return found;
  }
}

/** A record, and its place in listings: one that is replaced keeps its tie. */
interface Row extends ListPosition {
  readonly version: string;
  readonly record: Omit<VectorRecord, "expected">;
}

function newestFirst(a: ListPosition, b: ListPosition): number {
  return b.createdAt - a.createdAt || Number(b.tie) - Number(a.tie);
}

/** The index of the first row that a listing shows after a place: rows are in its order, so half of those that are left are skipped each time. */
function firstAfter(rows: readonly Row[], after: ListPosition): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (newestFirst(rows[middle] as Row, after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A copy that nobody can change what is stored by: its parts are frozen, but for vectors, which cannot be. */
function stored({ record, version }: Row, vectors = false): StoredRecord {
  const { keywords: _, vector, ...rest } = record;
  return { ...rest, version, ...(vectors && vector ? { vector: vector.slice() } : {}) };
}

/** A copy of a record, whose parts nobody can change any more. */
function frozen({ id, namespace, scopeKey, fields, keywords, payload, vector }: VectorRecord): Row["record"] {
  const own = Object.entries(fields).map(([name, value]) => [
    name,
    Array.isArray(value) ? Object.freeze([...value]) : value,
  ]);
  return {
    id,
    namespace,
    scopeKey: Object.freeze({ ...scopeKey }),
    fields: Object.freeze(Object.fromEntries(own)),
    keywords: { own: [...keywords.own], before: [...keywords.before], after: [...keywords.after] },
    payload,
    ...(vector ? { vector: vector.slice() } : {}),
  };
}

function toScored(rows: Highest<Row>): readonly ScoredRecord[] {
  return rows.items.map(({ item, score }) => ({ record: stored(item), score }));
}
