import {
  type Comparison,
  type Filter,
  inScope,
  type Manifest,
  matchesFilter,
  type Namespace,
  type NamespaceKey,
  type RecordContent,
  type ScopeFilter,
  type ScopeKey,
  type ScoredRecord,
  type TextQuery,
  type VectorStore,
} from "@loci/core/store";
import type { DeleteRequest, GetQuery, Query, UpsertRequest, VectorQuery } from "./contract.ts";
import { type Operation, RightStore, type Row, type Space } from "./right-store.ts";
import type { Saboteur } from "./saboteur.ts";

/** The values of one level that a scope filter lets through. */
type Allowed = ScopeFilter["user"];

/** One with its bug in the store. */
export function store(
  id: string,
  bug: string,
  Store: new () => RightStore,
  level: Saboteur["level"] = "isolation",
): Saboteur {
  return { id, bug, layer: "store", level, makeStore: () => new Store() };
}

/** Forgets the reach in one operation. */
function forgetsReachIn(forgotten: Operation): new () => RightStore {
  return class extends RightStore {
    override inScope(scope: ScopeFilter, scopeKey: ScopeKey, operation: Operation) {
      return operation === forgotten || super.inScope(scope, scopeKey, operation);
    }
  };
}

/** Compares the values of levels in a way of its own. */
function compares(alike: (allowed: string, value: string) => boolean): new () => RightStore {
  return class extends RightStore {
    override inScope(scope: ScopeFilter, scopeKey: ScopeKey) {
      const allows = (allowed: Allowed, value: string) =>
        allowed === "any" || allowed.some((one) => one === value || (one !== "" && alike(one, value)));
      return (
        allows(scope.user, scopeKey.user) &&
        allows(scope.agent, scopeKey.agent) &&
        allows(scope.run, scopeKey.run)
      );
    }
  };
}

/** Reads comparisons of a filter in a way of its own. */
function readsFilters(read: (record: Row, filter: Comparison) => boolean): new () => RightStore {
  return class extends RightStore {
    override matches(record: Row, filter: Filter): boolean {
      if (filter.type === "and") return filter.filters.every((part) => this.matches(record, part));
      if (filter.type === "or") return filter.filters.some((part) => this.matches(record, part));
      return read(record, filter);
    }
  };
}

const like = (pattern: string) =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .replaceAll("%", ".*")
      .replaceAll("_", ".")}$`,
  );
const glob = (pattern: string) =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  );
const isInjection = (value: unknown) => typeof value === "string" && /' or|" or/.test(value);

export const storeSaboteurs: readonly Saboteur[] = [
  store("forgets-reach-in-list", "Listing was written without the scope.", forgetsReachIn("list")),
  store("forgets-reach-in-search", "The vector arm was written without the scope.", forgetsReachIn("search")),
  store(
    "forgets-reach-in-words",
    "The keyword arm was written without the scope.",
    forgetsReachIn("searchText"),
  ),
  store("forgets-reach-in-get", "Whoever knows an id reads it.", forgetsReachIn("get")),
  store("forgets-reach-in-delete", "Whoever may delete, deletes everybody's.", forgetsReachIn("delete")),
  store("forgets-reach-in-count", "Counting counts everybody's.", forgetsReachIn("count")),
  store(
    "fails-open",
    "A level that is not given counts as any.",
    class extends RightStore {
      override inScope(scope: ScopeFilter, scopeKey: ScopeKey) {
        const open = (allowed: Allowed) =>
          allowed !== "any" && allowed.every((value) => value === "") ? "any" : allowed;
        return inScope(
          { ...scope, user: open(scope.user), agent: open(scope.agent), run: open(scope.run) },
          scopeKey,
        );
      }
    },
  ),
  store(
    "sees-what-nobody-owns",
    "What has no owner at a level is seen from everywhere, also from where only one's own was asked for.",
    class extends RightStore {
      override inScope(scope: ScopeFilter, scopeKey: ScopeKey) {
        const allows = (allowed: Allowed, value: string) =>
          allowed === "any" || value === "" || allowed.includes(value);
        return (
          allows(scope.user, scopeKey.user) &&
          allows(scope.agent, scopeKey.agent) &&
          allows(scope.run, scopeKey.run)
        );
      }
    },
  ),
  store(
    "matches-prefixes",
    "A name matches every name that begins with it.",
    compares((one, value) => value.startsWith(one)),
  ),
  store(
    "matches-suffixes",
    "A name matches every name that ends with it.",
    compares((one, value) => value.endsWith(one)),
  ),
  store(
    "folds-case",
    "Names are compared in lower case.",
    compares((one, value) => one.toLowerCase() === value.toLowerCase()),
  ),
  store(
    "folds-to-upper-case",
    "Names are compared in upper case, where a dotless i has a dot.",
    compares((one, value) => one.toUpperCase() === value.toUpperCase()),
  ),
  store(
    "normalizes",
    "Names are compared in NFKC.",
    compares((one, value) => one.normalize("NFKC") === value.normalize("NFKC")),
  ),
  store(
    "strips-accents",
    "Names are compared by a collation without accents.",
    compares((one, value) => one.localeCompare(value, "en", { sensitivity: "base" }) === 0),
  ),
  store(
    "trims",
    "Names are compared without the white space around them.",
    compares((one, value) => one.trim() === value.trim()),
  ),
  store(
    "truncates",
    "Names are cut after 63 characters.",
    compares((one, value) => one.slice(0, 63) === value.slice(0, 63)),
  ),
  store(
    "coerces-numbers",
    "Names that look like the same number are the same.",
    compares((one, value) => value.trim() !== "" && Number(one) === Number(value)),
  ),
  store(
    "matches-like",
    "Names are patterns of LIKE.",
    compares((one, value) => like(one).test(value)),
  ),
  store(
    "matches-globs",
    "Names are globs.",
    compares((one, value) => glob(one).test(value)),
  ),
  store(
    "splices-names",
    "Names are put into the query as they are.",
    compares((one) => isInjection(one)),
  ),
  store(
    "splits-lists",
    "A name with commas in it is a list of names.",
    compares((one, value) => one.split(",").includes(value)),
  ),
  store(
    "joins-levels",
    "The levels are joined with a separator that names may contain.",
    class extends RightStore {
      override inScope(scope: ScopeFilter, scopeKey: ScopeKey) {
        const values = [scope.user, scope.agent, scope.run];
        if (values.some((allowed) => allowed === "any")) return inScope(scope, scopeKey);
        const joined = ([user, agent, run]: readonly string[]) =>
          [user, agent, run].filter((part) => part !== "").join(":");
        const [users, agents, runs] = values as readonly (readonly string[])[] as [
          string[],
          string[],
          string[],
        ];
        const paths = users.flatMap((user) =>
          agents.flatMap((agent) => runs.map((run) => joined([user, agent, run]))),
        );
        return paths.includes(joined([scopeKey.user, scopeKey.agent, scopeKey.run]));
      }
    },
  ),
  store(
    "splices-values",
    "Values of filters are put into the query as they are.",
    readsFilters(
      (record, filter) =>
        (filter.type === "in" && filter.values.some(isInjection)) || matchesFilter(record.fields, filter),
    ),
  ),
  store(
    "splices-keys",
    "Keys of filters are put into the query as they are.",
    readsFilters((record, filter) => isInjection(filter.field) || matchesFilter(record.fields, filter)),
  ),
  store(
    "drops-unknown-keys",
    "A filter on a key that it does not know is left out.",
    readsFilters(
      (record, filter) =>
        !["a", "kind", "owner", "old", "even", "kept", "tenth"].includes(filter.field) ||
        matchesFilter(record.fields, filter),
    ),
  ),
  store(
    "reads-dots-as-paths",
    "A key with a dot is read as a path, and finds nothing where the key is.",
    readsFilters((record, filter) =>
      filter.field.includes(".") ? filter.negated : matchesFilter(record.fields, filter),
    ),
  ),
  store(
    "compares-loosely",
    '5 and "5" are equal.',
    readsFilters(
      (record, filter) =>
        matchesFilter(record.fields, filter) ||
        (filter.type === "in" &&
          !filter.negated &&
          filter.values.some((value) => String(value) === String(record.fields[filter.field]))),
    ),
  ),
  store(
    "loses-what-lacks-the-field",
    "A negation leaves out the records without the field.",
    readsFilters((record, filter) => filter.field in record.fields && matchesFilter(record.fields, filter)),
  ),
  store(
    "lets-filters-override",
    "The filter stands beside the scope, and an $or in it lets everybody's through.",
    class extends RightStore {
      override admits(record: Row, query: Query, operation: Operation) {
        if (query.filter?.type === "or" && this.matches(record, query.filter)) return true;
        return super.admits(record, query, operation);
      }
    },
  ),
  store(
    "takes-scope-from-the-filter",
    "A filter on `user` or `owner` replaces the scope's own user.",
    class extends RightStore {
      override admits(record: Row, query: Query, operation: Operation) {
        const { filter } = query;
        if (filter?.type === "in" && filter.field === "user" && filter.values.includes(record.scopeKey.user))
          return true;
        return super.admits(record, query, operation);
      }
    },
  ),
  store(
    "takes-forged-reaches",
    "Whatever has the shape of a reach is one, and none at all means everything.",
    class extends RightStore {
      override checkReach() {}
      override inScope(scope: ScopeFilter, scopeKey: ScopeKey, operation: Operation) {
        return !scope?.user || super.inScope(scope, scopeKey, operation);
      }
    },
  ),
  store(
    "takes-any-key",
    "Any name opens a namespace, with a star for the rest of it.",
    class extends RightStore {
      override checkKey() {}
      override place(key: NamespaceKey) {
        return [...this.spaces.keys()].find((known) => glob(key.toLowerCase()).test(known)) ?? key;
      }
    },
  ),
  store(
    "steals-ids",
    "An id is unique in its namespace, so that writing it takes over somebody else's record.",
    class extends RightStore {
      override identify({ id }: Pick<RecordContent, "id">) {
        return id;
      }
    },
  ),
  store(
    "steals-ids-everywhere",
    "An id is unique in the whole store, so that writing it removes the record of another organization.",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        for (const other of this.spaces.values()) {
          if (other !== space)
            for (const record of request.records) other.records.delete(this.identify(record));
        }
        return super.upsert(space, request);
      }
    },
  ),
  store(
    "finds-ids-everywhere",
    "Getting by id looks through the whole store.",
    class extends RightStore {
      override async get(_: Space, { ids, scope }: GetQuery) {
        return [...this.spaces.values()].flatMap((space) =>
          this.visible(space, { scope }, "get")
            .filter(({ id }) => ids.includes(id))
            .map((record) => this.stored(record, space, scope)),
        );
      }
    },
  ),
  store(
    "caches-by-query",
    "Answers are cached by the query, whoever asks.",
    class extends RightStore {
      readonly #cache = new Map<string, readonly ScoredRecord[]>();
      override async search(space: Space, query: VectorQuery) {
        const key = JSON.stringify([[...query.vector], query.limit, query.filter, space.key]);
        const answer = this.#cache.get(key) ?? (await super.search(space, query));
        this.#cache.set(key, answer);
        return answer;
      }
    },
  ),
  store(
    "caches-by-reach",
    "Answers are cached by query and reach, in whichever organization.",
    class extends RightStore {
      readonly #cache = new Map<string, readonly ScoredRecord[]>();
      override async searchText(space: Space, query: TextQuery) {
        const key = JSON.stringify([query.terms, query.scope, query.limit, query.filter]);
        const answer = this.#cache.get(key) ?? (await super.searchText(space, query));
        this.#cache.set(key, answer);
        return answer;
      }
    },
  ),
  store(
    "truncates-namespaces",
    "The name of a namespace is cut, so that two organizations share one.",
    class extends RightStore {
      override place(key: NamespaceKey) {
        return key.slice(0, 4);
      }
    },
  ),
  store(
    "drops-by-prefix",
    "Dropping a namespace drops every one whose name begins alike.",
    class extends RightStore {
      override async drop({ key }: Parameters<VectorStore["drop"]>[0]) {
        const report = await super.drop({ key });
        for (const other of [...this.spaces.keys()])
          if (other.startsWith(key.slice(0, 4))) await super.drop({ key: other as NamespaceKey });
        return report;
      }
    },
  ),
  store(
    "drops-everything",
    "Dropping one namespace resets the store.",
    class extends RightStore {
      override async drop({ key }: Parameters<VectorStore["drop"]>[0]) {
        const report = await super.drop({ key });
        for (const other of [...this.spaces.keys()]) await super.drop({ key: other as NamespaceKey });
        return report;
      }
    },
  ),
  store(
    "leaves-rows",
    "A drop hides the namespace and keeps its rows for the next one of that name.",
    class extends RightStore {
      readonly #left = new Map<string, Map<string, Row>>();
      override async drop(request: Parameters<VectorStore["drop"]>[0]) {
        const space = this.spaces.get(request.key);
        if (space) this.#left.set(request.key, space.records);
        return super.drop(request);
      }
      override async open(request: Parameters<VectorStore["open"]>[0]) {
        const { key } = request;
        const isNew = !this.spaces.has(key);
        const opened = await super.open(request);
        if (isNew)
          for (const [name, record] of this.#left.get(key) ?? [])
            this.spaces.get(key)?.records.set(name, record);
        return opened;
      }
    },
  ),
  store(
    "resurrects-on-write",
    "Writing to a namespace that was dropped creates it again.",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        if (space.dropped) {
          space.dropped = false;
          space.records.clear();
          this.spaces.set(space.key, space);
        }
        return super.upsert(space, request);
      }
    },
  ),
  store(
    "answers-after-the-drop",
    "A handle that is still held goes on reading what was dropped.",
    class extends RightStore {
      override live(space: Space) {
        return space;
      }
    },
  ),
  store(
    "creates-unasked",
    "Opening a namespace that does not exist creates it.",
    class extends RightStore {
      override async open(request: Parameters<VectorStore["open"]>[0]): Promise<Namespace> {
        const create: Manifest = request.create ?? {
          kind: "organization",
          deployment: "",
          orgId: "",
          generation: 1,
          scheme: 1,
          embedder: null,
          createdAt: 0,
        };
        return super.open({ ...request, create });
      }
    },
  ),
  store(
    "echoes-the-manifest",
    "A namespace says that it belongs to whoever opens it.",
    class extends RightStore {
      override handle(space: Space, claimed?: Manifest) {
        return super.handle(claimed ? { ...space, manifest: claimed } : space);
      }
    },
  ),
  store(
    "replays-cursors",
    "A cursor carries the listing that it came from, and goes on with it wherever it is used.",
    class extends RightStore {
      readonly #listings: { readonly space: Space; readonly scope: ScopeFilter; readonly cursor: string }[] =
        [];
      override async list(space: Space, query: Parameters<RightStore["list"]>[1]) {
        const known = query.cursor === undefined ? undefined : this.#listings[Number(query.cursor)];
        const page = await super.list(
          known?.space ?? space,
          known ? { ...query, scope: known.scope, cursor: known.cursor } : query,
        );
        if (page.cursor === undefined) return page;
        this.#listings.push({
          space: known?.space ?? space,
          scope: known?.scope ?? query.scope,
          cursor: page.cursor,
        });
        return { ...page, cursor: String(this.#listings.length - 1) };
      }
    },
  ),
  store(
    "filters-after-the-best",
    "The best of everybody's are taken first, and the scope is applied to what is left.",
    class extends RightStore {
      override async search(space: Space, query: VectorQuery) {
        const best = [...this.live(space).records.values()]
          .flatMap((record) =>
            record.vector ? [{ record, score: this.cosine(record.vector, query.vector) }] : [],
          )
          .toSorted((a, b) => b.score - a.score)
          .slice(0, 10 * query.limit);
        this.checkReach(query.scope);
        query.signal?.throwIfAborted();
        return this.best(
          space,
          best.filter(({ record }) => this.admits(record, query, "search")),
          query,
        );
      }
    },
  ),
  store(
    "shares-statistics",
    "How rare a word is follows from the texts of all organizations.",
    class extends RightStore {
      override statistics() {
        return [...this.spaces.values()].flatMap(({ records }) => [...records.values()]);
      }
    },
  ),
  store(
    "overdeclares",
    "It declares that scores follow from the scope alone, and takes the statistics of the organization.",
    class extends RightStore {
      override readonly capabilities = { ...new RightStore().capabilities, scoreIsolation: "scope" as const };
    },
  ),
  store(
    "counts-everybody",
    "A count is the store's, not the namespace's.",
    class extends RightStore {
      override async count(_: Space, query: Query) {
        let count = 0;
        for (const space of this.spaces.values()) count += await super.count(space, query);
        return count;
      }
    },
  ),
  store(
    "keeps-a-current-scope",
    "The scope is kept on the shared store while a call waits, and the next call changes it.",
    class extends RightStore {
      #current: { space: Space; scope: ScopeFilter } | undefined;
      override async search(space: Space, query: VectorQuery) {
        this.checkReach(query.scope);
        query.signal?.throwIfAborted();
        this.#current = { space, scope: query.scope };
        await Promise.resolve();
        return super.search(this.#current.space, { ...query, scope: this.#current.scope });
      }
    },
  ),
  store(
    "swaps-answers",
    "Calls that wait at the same time share one answer.",
    class extends RightStore {
      #pending: Promise<readonly ScoredRecord[]> | undefined;
      override async searchText(space: Space, query: TextQuery) {
        this.#pending ??= (async () => {
          await new Promise((resolve) => setTimeout(resolve, 0));
          return super.searchText(space, query);
        })();
        const pending = this.#pending;
        const answer = await pending;
        this.#pending = undefined;
        return answer;
      }
    },
  ),
  store(
    "names-others-in-errors",
    "An error lists what there is.",
    class extends RightStore {
      override notFound(key: NamespaceKey) {
        const error = super.notFound(key);
        const known = [...this.spaces.values()].flatMap(({ records }) =>
          [...records.values()].map(({ payload }) => payload),
        );
        error.message += ` There are: ${known.join(", ")}`;
        return error;
      }
    },
  ),
  store(
    "stamps-on-reading",
    "The namespace of a record is filled in when it is read, so that a leak cannot be seen.",
    class extends RightStore {
      override stored(record: Row, space: Space, scope: ScopeFilter, vectors?: boolean) {
        return { ...super.stored(record, space, scope, vectors), namespace: space.key };
      }
    },
  ),
  store(
    "places-on-reading",
    "The placement of a record is filled in from the reach, so that a leak cannot be seen.",
    class extends RightStore {
      override stored(record: Row, space: Space, scope: ScopeFilter, vectors?: boolean) {
        const nearest = (allowed: Allowed) => (allowed === "any" ? "" : (allowed.at(-1) ?? ""));
        return {
          ...super.stored(record, space, scope, vectors),
          scopeKey: { user: nearest(scope.user), agent: nearest(scope.agent), run: nearest(scope.run) },
        };
      }
    },
  ),
  store(
    "deletes-the-container",
    "Deleting all that a scope has empties the namespace.",
    class extends RightStore {
      override async delete(space: Space, request: DeleteRequest) {
        const count = await super.delete(space, request);
        if (!request.ids && !request.filter && !request.versions) space.records.clear();
        return count;
      }
    },
  ),
];
