import type { Manifest, Namespace, NamespaceKey, ScoredRecord, VectorStore } from "@loci/core/store";
import type { ListQuery, Page, Query, VectorQuery } from "./contract.ts";
import { type NamedSaboteur, wrong } from "./named-saboteur.ts";
import { RightStore, type Space } from "./right-store.ts";

const stale = "open-handles-see-what-others-change";
type Open = Parameters<VectorStore["open"]>[0];

/** Stores that keep in their own process what another one changes. */
export const keptStateSaboteurs: readonly NamedSaboteur[] = [
  wrong(
    "keeps-a-table-by-name",
    "A table is opened once for each name, and shows what others write only after a write of its own.",
    stale,
    class extends RightStore {
      readonly #tables = new Map<NamespaceKey, Map<string, never>>();
      override handle(space: Space, claimed?: Manifest): Namespace {
        const right = super.handle(space, claimed);
        const refresh = () => this.#tables.set(space.key, new Map(space.records) as never);
        if (!this.#tables.has(space.key)) refresh();
        const table = () => ({ ...this.live(space), records: this.#tables.get(space.key) as never });
        return {
          ...right,
          search: async (query) => this.search(table(), query),
          searchText: async (query) => this.searchText(table(), query),
          get: async (query) => this.get(table(), query),
          list: async (query) => this.list(table(), query),
          count: async (query) => this.count(table(), query),
          upsert: (request) => right.upsert(request).finally(refresh),
          delete: (request) => right.delete(request).finally(refresh),
        };
      }
    },
  ),
  wrong(
    "remembers-what-was-missing",
    "A namespace that was not there once is not there for this process, until it makes it itself.",
    "handles-end-with-their-namespace",
    class extends RightStore {
      readonly #missing = new Set<NamespaceKey>();
      override async open(request: Open) {
        if (request.create) this.#missing.delete(request.key);
        if (this.#missing.has(request.key)) throw this.notFound(request.key);
        return super.open(request).catch((error: unknown) => {
          if (this.spaces.get(request.key) === undefined) this.#missing.add(request.key);
          throw error;
        });
      }
    },
  ),
  wrong(
    "remembers-what-it-opened",
    "A namespace is opened once in a process, and given to whoever opens it again, also after another process has dropped it.",
    "handles-end-with-their-namespace",
    class extends RightStore {
      readonly #opened = new Map<NamespaceKey, Namespace>();
      override async open(request: Open) {
        const known = this.#opened.get(request.key);
        if (known) return known;
        const opened = await super.open(request);
        this.#opened.set(request.key, opened);
        return opened;
      }
      override async drop(request: Parameters<VectorStore["drop"]>[0]) {
        this.#opened.delete(request.key);
        return super.drop(request);
      }
    },
  ),
  wrong(
    "counts-once-in-a-while",
    "A count is true for 20 milliseconds, whoever writes meanwhile.",
    stale,
    class extends RightStore {
      readonly #counts = new Map<string, { readonly count: number; readonly until: number }>();
      override async count(space: Space, query: Query) {
        const name = JSON.stringify([space.key, query.scope, query.filter]);
        const known = this.#counts.get(name);
        if (known && known.until > performance.now()) return known.count;
        const count = await super.count(space, query);
        this.#counts.set(name, { count, until: performance.now() + 20 });
        return count;
      }
    },
  ),
  wrong(
    "keeps-cursors-to-itself",
    "A cursor is the number of a listing that its own process holds: in another one there is no such listing, and no more.",
    "pages-go-on-where-they-were",
    class extends RightStore {
      readonly #cursors: string[] = [];
      override async list(space: Space, query: ListQuery): Promise<Page> {
        const { cursor, ...rest } = query;
        const given = cursor === undefined ? undefined : this.#cursors[Number(cursor)];
        if (cursor !== undefined && given === undefined) return { records: [] };
        const page = await super.list(space, { ...rest, ...(given === undefined ? {} : { cursor: given }) });
        if (page.cursor === undefined) return page;
        return { ...page, cursor: String(this.#cursors.push(page.cursor) - 1) };
      }
    },
    "core",
  ),
  wrong(
    "lists-its-own-leftovers",
    "What lies under a name is what this process has made, whatever another one has.",
    "handles-end-with-their-namespace",
    class extends RightStore {
      readonly #made = new Set<NamespaceKey>();
      override async open(request: Open) {
        const isNew = !this.spaces.has(request.key);
        const opened = await super.open(request);
        if (isNew) this.#made.add(request.key);
        return opened;
      }
      override async drop(request: Parameters<VectorStore["drop"]>[0]) {
        this.#made.delete(request.key);
        return super.drop(request);
      }
      readonly leftovers = async ({ key }: { readonly key: NamespaceKey }) =>
        this.#made.has(key) ? ["a file"] : [];
    },
  ),
  wrong(
    "refreshes-every-other-search",
    "Every other search is answered from the index as it was at the one before.",
    stale,
    class extends RightStore {
      readonly #answers = new Map<string, readonly ScoredRecord[]>();
      override async search(space: Space, query: VectorQuery) {
        const name = JSON.stringify([space.key, query.scope, [...query.vector], query.limit, query.filter]);
        const known = this.#answers.get(name);
        if (known) this.#answers.delete(name);
        const right = await super.search(space, query);
        if (!known) this.#answers.set(name, right);
        return known ?? right;
      }
    },
  ),
];
