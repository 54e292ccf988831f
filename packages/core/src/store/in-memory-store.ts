import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { bm25 } from "../text/bm25.ts";
import { dot } from "../util/dot.ts";
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
  #written = 0;

  constructor(key: NamespaceKey, manifest: Manifest) {
    this.#key = key;
    this.manifest = structuredClone(manifest);
  }

  drop(): void {
    this.#rows = undefined;
  }

  async write({ records, leading }: WriteRequest): Promise<readonly WriteOutcome[]> {
    const all = this.#all();
    let isLed = true;
    return records.map(({ expected, ...record }, index) => {
      const identity = identityOf(record);
      const before = all.get(identity);
      const conflicts = expected && (expected === "absent" ? before : before?.version !== expected.version);
      if (conflicts && index < leading) isLed = false;
      if (conflicts || (!isLed && index >= leading)) return "conflict";
      this.#written += 1;
      all.set(identity, {
        createdAt: record.fields.$createdAt,
        tie: before?.tie ?? this.#written,
        version: String(this.#written),
        record: structuredClone(record),
      });
      return undefined;
    });
  }

  async search({ where, vector, limit }: DriverVectorQuery<RecordTest>): Promise<readonly ScoredRecord[]> {
    const scored = this.#matching(where).flatMap((row) =>
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
    return this.#matching(where).map((row) => stored(row, vectors));
  }

  async list({
    where,
    limit,
    after,
    vectors,
  }: DriverListQuery<RecordTest>): Promise<readonly ListedRecord[]> {
    return this.#matching(where)
      .filter((row) => !after || newestFirst(row, after) > 0)
      .sort(newestFirst)
      .slice(0, limit)
      .map((row) => ({ record: stored(row, vectors), tie: row.tie }));
  }

  async delete({ where }: DriverQuery<RecordTest>): Promise<number> {
    const doomed = this.#matching(where);
    for (const { record } of doomed) this.#all().delete(identityOf(record));
    return doomed.length;
  }

  async deleteVersions({ records }: DeleteVersionsRequest): Promise<number> {
    const all = this.#all();
    return records.filter((record) => {
      const identity = identityOf(record);
      return all.get(identity)?.version === record.version && all.delete(identity);
    }).length;
  }

  async count({ where }: DriverQuery<RecordTest>): Promise<number> {
    return this.#matching(where).length;
  }

  #all(): Map<string, Row> {
    if (this.#rows) return this.#rows;
    throw new NamespaceNotFoundError(`There is no namespace ${this.#key} in memory.`, {
      namespace: this.#key,
    });
  }

  #matching(where: RecordTest): Row[] {
    return [...this.#all().values()].filter(({ record }) => where(record));
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

function stored({ record, version }: Row, vectors = false): StoredRecord {
  const { keywords: _, vector, ...rest } = record;
  return structuredClone({ ...rest, version, ...(vectors && vector ? { vector } : {}) });
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
