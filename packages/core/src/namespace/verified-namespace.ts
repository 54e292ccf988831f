import { IsolationBreachError } from "../errors/isolation-breach-error.ts";
import { inScope, type ScopeFilter } from "../scope/scope-filter.ts";
import type { Manifest } from "../store/manifest.ts";
import type { NamespaceKey } from "../store/namespace-key.ts";
import type {
  DeleteRequest,
  GetQuery,
  ListQuery,
  Namespace,
  Page,
  Query,
  Residue,
  ScoredRecord,
  StoredRecord,
  TextQuery,
  UpsertRequest,
  VectorQuery,
  VectorRecord,
} from "../store/vector-store.ts";
import { callStore } from "./call-store.ts";
import type { DecryptingNamespace } from "./encrypted-namespace.ts";
import type { VerifiedStore } from "./verified-store.ts";

/**
 * A namespace as the engine uses it. Every record that comes back is checked again: one of another namespace or outside
 * the scope throws `IsolationBreachError`, since dropping it silently would hide a store that leaks.
 */
export class VerifiedNamespace {
  readonly manifest: Manifest;
  readonly key: NamespaceKey;
  /**
   * Part of the ids of memories: of an organization's own, so that two have no id in common. Where it is encrypted it is a secret, and
   * an id does not confirm a guessed text.
   */
  readonly idSalt: string;
  readonly #store: VerifiedStore;
  readonly #inner: Namespace | DecryptingNamespace;

  constructor(store: VerifiedStore, key: NamespaceKey, inner: Namespace | DecryptingNamespace, idSalt = "") {
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

  /** Whether the store has keyword search. */
  get hasKeywords(): boolean {
    return this.#inner.searchText !== undefined;
  }

  /** Whether the store writes some records before others, and those only where none of the first conflicts, in one call. */
  get ordersWrites(): boolean {
    return this.#inner.ordersWrites === true;
  }

  /** What the backend holds of deleted records at any moment. */
  get residue(): readonly Residue[] {
    return this.#store.capabilities.residue ?? [];
  }

  /** What the backend holds of deleted records now, after a deletion. */
  async residueNow(options: { readonly signal?: AbortSignal }): Promise<readonly Residue[]> {
    const now = await this.#call("residue", options, async () => this.#inner.residue?.(options) ?? []);
    return [...this.residue, ...now];
  }

  /**
   * Writes records; with `leading`, those that lead first, and the others only where none of them conflicts. That takes `ordersWrites`.
   * @returns the conflicts. A write that is repeated after a failure may conflict with itself.
   * @throws PartialWriteError when some records were stored before the store failed
   */
  async upsert({ leading = 0, ...request }: UpsertRequest): Promise<readonly VectorRecord[]> {
    const isOrdered = leading > 0 && leading < request.records.length;
    const whole = isOrdered ? { ...request, leading } : request;
    return this.#call("upsert", request, () => this.#inner.upsert(whole));
  }

  /** A record that a search found, decrypted. */
  async decrypt(record: StoredRecord): Promise<StoredRecord> {
    return "decrypt" in this.#inner ? this.#inner.decrypt(record) : record;
  }

  async search(query: VectorQuery): Promise<readonly ScoredRecord[]> {
    const found = await this.#call("search", query, () => this.#inner.search(query));
    for (const { record } of found) this.#verify("search", record, query.scope);
    return found;
  }

  async searchText(query: TextQuery): Promise<readonly ScoredRecord[]> {
    if (query.terms.length === 0) return [];
    const found = await this.#call("searchText", query, async () => this.#inner.searchText?.(query) ?? []);
    for (const { record } of found) this.#verify("searchText", record, query.scope);
    return found;
  }

  /** @param query with `encrypted`, contents are not decrypted */
  async get({
    encrypted,
    ...query
  }: GetQuery & { readonly encrypted?: boolean }): Promise<readonly StoredRecord[]> {
    const inner = this.#inner;
    const get: Namespace["get"] =
      encrypted && "getEncrypted" in inner ? inner.getEncrypted : (one) => inner.get(one);
    const found = await this.#call("get", query, () => get(query));
    const ids = new Set(query.ids);
    for (const record of found) {
      this.#verify("get", record, query.scope);
      if (!ids.has(record.id)) throw this.#breach("get");
    }
    return found;
  }

  async list(query: ListQuery): Promise<Page> {
    const page = await this.#call("list", query, () => this.#inner.list(query));
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

  async delete(request: DeleteRequest): Promise<number> {
    return this.#call("delete", { ...request, repeats: false }, () => this.#inner.delete(request));
  }

  async count(query: Query): Promise<number> {
    return this.#call("count", query, () => this.#inner.count(query));
  }

  #call<T>(operation: string, call: Parameters<typeof callStore>[2], run: () => Promise<T>): Promise<T> {
    return callStore(this.#store, operation, call, run);
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
