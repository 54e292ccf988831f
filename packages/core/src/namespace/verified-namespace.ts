import { IsolationBreachError } from "../errors/isolation-breach-error.ts";
import { LociError } from "../errors/loci-error.ts";
import { PartialWriteError } from "../errors/partial-write-error.ts";
import type { Filter } from "../filter/filter.ts";
import { inScope, type ScopeFilter } from "../scope/scope-filter.ts";
import type { Manifest } from "../store/manifest.ts";
import type { NamespaceKey } from "../store/namespace-key.ts";
import type {
  ListQuery,
  Namespace,
  Page,
  Residue,
  ScoredRecord,
  StoredRecord,
  TextQuery,
  VectorQuery,
  VectorRecord,
  VectorStore,
} from "../store/vector-store.ts";
import { callStore } from "./call-store.ts";
import type { DecryptingNamespace } from "./encrypted-namespace.ts";

type Signal = { readonly signal?: AbortSignal };

/**
 * A namespace as the engine uses it: long lists are split to what the store takes, failures become typed
 * errors, and every record that comes back is checked again. A record of another namespace, or outside the
 * reach, throws `IsolationBreachError`: dropping it silently would hide a store that leaks.
 */
export class VerifiedNamespace {
  readonly manifest: Manifest;
  readonly key: NamespaceKey;
  /** Goes into the ids of memories, so that nobody without its key can tell by an id whether a text that they guess is there. */
  readonly idSalt: string;
  readonly #store: VectorStore;
  readonly #inner: Namespace | DecryptingNamespace;

  constructor(store: VectorStore, key: NamespaceKey, inner: Namespace | DecryptingNamespace, idSalt = "") {
    this.#store = store;
    this.#inner = inner;
    this.key = key;
    this.idSalt = idSalt;
    this.manifest = inner.manifest;
  }

  /** The store's name. */
  get store(): string {
    return this.#store.name;
  }

  /** Whether it can be searched by words. */
  get hasKeywords(): boolean {
    return this.#inner.searchText !== undefined;
  }

  /** What the backend still holds of what was deleted. */
  get residue(): readonly Residue[] {
    return this.#store.capabilities.residue ?? [];
  }

  /** @throws PartialWriteError when some records were stored before the store failed. */
  async upsert(records: readonly VectorRecord[], options: Signal = {}): Promise<void> {
    const ids = records.map(({ id }) => id);
    let done = 0;
    for (const batch of chunks(records, this.#store.capabilities.maxBatch)) {
      try {
        await this.#call("upsert", options.signal, () => this.#inner.upsert(batch, options));
      } catch (error) {
        const scope = PartialWriteError.isInstance(error) ? error : undefined;
        if (done === 0 && !scope) throw error;
        const stored = [...ids.slice(0, done), ...(scope?.stored ?? [])];
        const failed = ids.filter((id) => !stored.includes(id));
        throw new PartialWriteError(
          `${stored.length} of ${ids.length} memories were stored before the store failed; the rest was not. Repeat the call: what is stored is not stored twice.`,
          { stored, failed },
          { cause: error, retryable: LociError.isInstance(error) && error.retryable },
        );
      }
      done += batch.length;
    }
  }

  /** A record that a search found, with its content: before that, an encrypted one has none that can be read. */
  async decrypt(record: StoredRecord): Promise<StoredRecord> {
    return "decrypt" in this.#inner ? this.#inner.decrypt(record) : record;
  }

  async search(query: VectorQuery): Promise<readonly ScoredRecord[]> {
    const found = await this.#call("search", query.signal, () => this.#inner.search(query));
    for (const { record } of found) this.#verify("search", record, query.scope);
    return found;
  }

  async searchText(query: TextQuery): Promise<readonly ScoredRecord[]> {
    if (query.terms.length === 0) return [];
    const found = await this.#call(
      "searchText",
      query.signal,
      async () => (await this.#inner.searchText?.(query)) ?? [],
    );
    for (const { record } of found) this.#verify("searchText", record, query.scope);
    return found;
  }

  /** @param options with `encrypted`, contents are not decrypted */
  async get(
    ids: readonly string[],
    scope: ScopeFilter,
    { encrypted, ...options }: Signal & { readonly vectors?: boolean; readonly encrypted?: boolean } = {},
  ): Promise<readonly StoredRecord[]> {
    const inner = this.#inner;
    const get: Namespace["get"] =
      encrypted && "getEncrypted" in inner ? inner.getEncrypted : (...given) => inner.get(...given);
    const found: StoredRecord[] = [];
    for (const batch of chunks([...new Set(ids)], this.#store.capabilities.maxBatch)) {
      const records = await this.#call("get", options.signal, () => get(batch, scope, options));
      for (const record of records) {
        this.#verify("get", record, scope);
        if (!batch.includes(record.id)) throw this.#breach("get");
        found.push(record);
      }
    }
    return found;
  }

  async list(query: ListQuery): Promise<Page> {
    const page = await this.#call("list", query.signal, () => this.#inner.list(query));
    for (const record of page.records) this.#verify("list", record, query.scope);
    return page;
  }

  /** Every page of a list, one after the other. */
  async *pages(query: Omit<ListQuery, "cursor">): AsyncGenerator<readonly StoredRecord[]> {
    let cursor: string | undefined;
    do {
      const page = await this.list({ ...query, ...(cursor === undefined ? {} : { cursor }) });
      yield page.records;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  async delete(
    target: { readonly ids: readonly string[] } | { readonly filter?: Filter },
    scope: ScopeFilter,
    options: Signal = {},
  ): Promise<number> {
    if (!("ids" in target))
      return this.#call("delete", options.signal, () => this.#inner.delete(target, scope, options));
    let deleted = 0;
    for (const ids of chunks([...new Set(target.ids)], this.#store.capabilities.maxBatch)) {
      deleted += await this.#call("delete", options.signal, () =>
        this.#inner.delete({ ids }, scope, options),
      );
    }
    return deleted;
  }

  async count(
    scope: ScopeFilter,
    { filter, ...options }: Signal & { readonly filter?: Filter } = {},
  ): Promise<number> {
    return this.#call("count", options.signal, () => this.#inner.count(scope, filter, options));
  }

  async #call<T>(operation: string, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    return callStore(this.#store, operation, signal, run);
  }

  #verify(operation: string, record: StoredRecord, scope: ScopeFilter): void {
    if (record.namespace !== this.key || !inScope(scope, record.scopeKey)) throw this.#breach(operation);
  }

  #breach(operation: string): IsolationBreachError {
    return new IsolationBreachError(
      `The ${this.#store.name} store returned a record in ${operation} that this call must not see. It was withheld. Stop using this store, and report it to its author: it leaks.`,
      { store: this.#store.name, operation },
    );
  }
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
