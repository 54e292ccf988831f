import type { RecordContent, ScopeFilter, ScoredRecord, TextQuery } from "@loci/core/store";
import type { DeleteRequest, VectorQuery } from "./contract.ts";
import { RightStore, type Row, type Space } from "./right-store.ts";
import { type Saboteur, store } from "./saboteur.ts";

/** The values of one level that a scope filter lets through. */
type Allowed = ScopeFilter["user"];

/** Stores that give one caller what another one is to get. */
export const answerSaboteurs: readonly Saboteur[] = [
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
    "overdeclares",
    "It declares that scores follow from the scope alone, and takes the statistics of the organization.",
    class extends RightStore {
      override readonly capabilities = { ...new RightStore().capabilities, scoreIsolation: "scope" as const };
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
