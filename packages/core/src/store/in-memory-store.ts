import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { bm25 } from "../text/bm25.ts";
import { dot } from "../util/dot.ts";
import { Slices } from "../util/slices.ts";
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

  constructor(key: NamespaceKey, manifest: Manifest) {
    this.#key = key;
    this.manifest = structuredClone(manifest);
  }

  drop(): void {
    this.#rows = undefined;
  }

  async write({ records, leading }: WriteRequest): Promise<readonly WriteOutcome[]> {
    const outcomes: WriteOutcome[] = [];
    const slices = new Slices();
    let isLed = true;
    for (const [index, record] of records.entries()) {
      if (slices.isOver) await slices.next();
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
    return undefined;
  }

  async search({ where, vector, limit }: DriverVectorQuery<RecordTest>): Promise<readonly ScoredRecord[]> {
    const scored = (await this.#matching(where)).flatMap((row) =>
      row.record.vector ? [{ row, score: dot(row.record.vector, vector) }] : [],
    );
    return best(scored, limit);
  }

  async searchText({
    where,
    terms,
    weights,
    limit,
  }: DriverTextQuery<RecordTest>): Promise<readonly ScoredRecord[]> {
    // The statistics are the organization's, the results the scope filter's.
    const rows = [...this.#all().values()];
    const scores = bm25(
      rows.map(({ record }) => record.keywords),
      terms,
      weights,
    );
    const scored = rows.flatMap((row, index) => {
      const score = scores[index] ?? 0;
      return score > 0 && where(row.record) ? [{ row, score }] : [];
    });
    return best(scored, limit);
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
    const all = this.#all();
    this.#newest ??= [...all.values()].sort(newestFirst);
    const slices = new Slices();
    const page: ListedRecord[] = [];
    for (const row of this.#newest) {
      if (page.length === limit) break;
      if (slices.isOver) await slices.next();
      if ((!after || newestFirst(row, after) > 0) && where(row.record))
        page.push({ record: stored(row, vectors), tie: row.tie });
    }
    return page;
  }

  async delete({ where }: DriverQuery<RecordTest>): Promise<number> {
    const doomed = await this.#matching(where);
    const all = this.#all();
    this.#newest = undefined;
    // What was changed meanwhile may be another's, or none that the predicate lets through.
    return doomed.filter((row) => {
      const identity = identityOf(row.record);
      const now = all.get(identity);
      return now !== undefined && where(now.record) && all.delete(identity);
    }).length;
  }

  async deleteVersions({ records }: DeleteVersionsRequest): Promise<number> {
    const all = this.#all();
    this.#newest = undefined;
    return records.filter((record) => {
      const identity = identityOf(record);
      return all.get(identity)?.version === record.version && all.delete(identity);
    }).length;
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
    const slices = new Slices();
    const found: Row[] = [];
    for (const row of [...this.#all().values()]) {
      if (slices.isOver) await slices.next();
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

function best(
  scored: { readonly row: Row; readonly score: number }[],
  limit: number,
): readonly ScoredRecord[] {
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ row, score }) => ({ record: stored(row), score }));
}
