import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import type { Filter } from "../filter/filter.ts";
import { matchesFilter } from "../filter/matches-filter.ts";
import { assertScopeFilter, inScope, type ScopeFilter } from "../scope/scope-filter.ts";
import { bm25 } from "../text/bm25.ts";
import { dot } from "../util/dot.ts";
import type { Manifest } from "./manifest.ts";
import { assertNamespaceKey, type NamespaceKey } from "./namespace-key.ts";
import type {
  ListQuery,
  Namespace,
  Page,
  Query,
  ScoredRecord,
  StoredRecord,
  TextQuery,
  VectorQuery,
  VectorRecord,
  VectorStore,
} from "./vector-store.ts";

/**
 * Keeps everything in the memory of this process, and scans it for every query: the reference that other
 * stores are compared with, and a store for tests and for data that need not outlive the process.
 */
export function inMemory(): VectorStore {
  const namespaces = new Map<NamespaceKey, InMemoryNamespace>();
  return {
    specVersion: 1,
    name: "in-memory",
    capabilities: {
      isolation: "physical",
      keyword: true,
      scoreIsolation: "organization",
      erasure: "physical",
      readYourWrites: true,
      maxBatch: 1000,
    },
    async open(key, options = {}) {
      options.signal?.throwIfAborted();
      assertNamespaceKey(key);
      let namespace = namespaces.get(key);
      if (!namespace && options.create) {
        namespace = new InMemoryNamespace(key, options.create);
        namespaces.set(key, namespace);
      }
      if (!namespace) throw notFound(key);
      return namespace;
    },
    async drop(key, options = {}) {
      options.signal?.throwIfAborted();
      namespaces.get(key)?.drop();
      return { dropped: namespaces.delete(key), residue: [] };
    },
    async leftovers(key) {
      return namespaces.has(key) ? ["a namespace of this process"] : [];
    },
    async close() {
      namespaces.clear();
    },
  };
}

class InMemoryNamespace implements Namespace {
  readonly manifest: Manifest;
  readonly #key: NamespaceKey;
  #records: Map<string, { readonly row: number; readonly record: VectorRecord }> | undefined = new Map();
  #rows = 0;

  constructor(key: NamespaceKey, manifest: Manifest) {
    this.#key = key;
    this.manifest = structuredClone(manifest);
  }

  drop(): void {
    this.#records = undefined;
  }

  async upsert(
    records: readonly VectorRecord[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    options.signal?.throwIfAborted();
    const all = this.#all();
    for (const record of records) {
      const identity = identify(record);
      this.#rows += 1;
      all.set(identity, { row: all.get(identity)?.row ?? this.#rows, record: structuredClone(record) });
    }
  }

  async search(query: VectorQuery): Promise<readonly ScoredRecord[]> {
    const scored = this.#matching(query).flatMap(({ record }) =>
      record.vector ? [{ record, score: dot(record.vector, query.vector) }] : [],
    );
    return best(scored, query.limit);
  }

  async searchText(query: TextQuery): Promise<readonly ScoredRecord[]> {
    const matching = new Set(this.#matching(query).map(({ record }) => record));
    // The statistics are the organization's, the results the reach's.
    const documents = [...this.#all().values()].map(({ record }) => record);
    const scores = bm25(
      documents.map(({ keywords }) => keywords),
      query.terms,
      query.weights,
    );
    const scored = documents.flatMap((record, index) => {
      const score = scores[index] ?? 0;
      return score > 0 && matching.has(record) ? [{ record, score }] : [];
    });
    return best(scored, query.limit);
  }

  async get(
    ids: readonly string[],
    scope: ScopeFilter,
    options: { readonly vectors?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<readonly StoredRecord[]> {
    const wanted = new Set(ids);
    return this.#matching({ scope, ...options })
      .filter(({ record }) => wanted.has(record.id))
      .map(({ record }) => stored(record, options.vectors));
  }

  async list(query: ListQuery): Promise<Page> {
    const [created, row] =
      query.cursor === undefined ? [Infinity, 0] : (JSON.parse(query.cursor) as [number, number]);
    const following = this.#matching(query)
      .sort((a, b) => b.record.fields.$createdAt - a.record.fields.$createdAt || b.row - a.row)
      .filter(({ record, row: candidate }) => {
        const at = record.fields.$createdAt;
        return at < created || (at === created && candidate < row);
      });
    const page = following.slice(0, query.limit);
    const last = page.at(-1);
    return {
      records: page.map(({ record }) => stored(record, query.vectors)),
      ...(last && following.length > page.length
        ? { cursor: JSON.stringify([last.record.fields.$createdAt, last.row]) }
        : {}),
    };
  }

  async delete(
    target: { readonly ids: readonly string[] } | { readonly filter?: Filter },
    scope: ScopeFilter,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<number> {
    const ids = "ids" in target ? new Set(target.ids) : undefined;
    const filter = "ids" in target ? undefined : target.filter;
    const doomed = this.#matching({ scope, ...options, ...(filter ? { filter } : {}) }).filter(
      ({ record }) => !ids || ids.has(record.id),
    );
    for (const { record } of doomed) this.#all().delete(identify(record));
    return doomed.length;
  }

  async count(
    scope: ScopeFilter,
    filter?: Filter,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<number> {
    return this.#matching({ scope, ...options, ...(filter ? { filter } : {}) }).length;
  }

  #all() {
    if (!this.#records) throw notFound(this.#key);
    return this.#records;
  }

  #matching({ scope, filter, signal }: Query) {
    signal?.throwIfAborted();
    assertScopeFilter(scope);
    return [...this.#all().values()].filter(
      ({ record }) => inScope(scope, record.scopeKey) && (!filter || matchesFilter(record.fields, filter)),
    );
  }
}

function identify({ id, scopeKey }: StoredRecord): string {
  return JSON.stringify([id, scopeKey.user, scopeKey.agent, scopeKey.run]);
}

function stored(record: VectorRecord, vectors = false): StoredRecord {
  const { keywords: _, vector, ...rest } = record;
  return structuredClone({ ...rest, ...(vectors && vector ? { vector } : {}) });
}

function best(
  scored: { readonly record: VectorRecord; readonly score: number }[],
  limit: number,
): readonly ScoredRecord[] {
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ record, score }) => ({ record: stored(record), score }));
}

function notFound(key: NamespaceKey): NamespaceNotFoundError {
  return new NamespaceNotFoundError(`There is no namespace ${key} in memory.`, { namespace: key });
}
