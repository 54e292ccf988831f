/** Stores that are right for few, and wrong for many: ids, terms, hits, pages, records, levels of a filter. */
import { type Filter, scopeFilter, type TextQuery } from "@loci/core/store";
import type { DeleteRequest, ListQuery, UpsertRequest, VectorQuery } from "./contract.ts";
import { forgets } from "./forgetful-store.ts";
import { RightStore, type Space } from "./right-store.ts";
import type { Saboteur } from "./saboteur.ts";
import { store } from "./saboteur.ts";

const everything = scopeFilter({}, "within");
const depthOf = (filter: Filter): number =>
  filter.type === "and" || filter.type === "or" ? 1 + Math.max(...filter.filters.map(depthOf)) : 1;

export const sizeSaboteurs: readonly Saboteur[] = [
  store(
    "forgets-reach-of-nine-ids",
    "Ids are asked for in groups of eight, and only the first has the scope.",
    forgets("scope", ({ ids }, operation) => operation === "get" && (ids?.length ?? 0) > 8),
  ),
  store(
    "forgets-reach-of-fifty-deletions",
    "More than fifty ids are deleted by another statement, without the scope.",
    forgets("scope", ({ ids }, operation) => operation === "delete" && (ids?.length ?? 0) > 50),
  ),
  store(
    "forgets-reach-of-nine-terms",
    "A query of more than eight terms is put together without the scope.",
    forgets("scope", ({ terms }) => (terms?.length ?? 0) > 8),
  ),
  store(
    "forgets-reach-of-large-limits",
    "Limits from 200 on are asked page by page, without the scope.",
    forgets(
      "scope",
      ({ limit }, operation) => operation === "search" && (limit ?? 0) >= 200 && (limit ?? 0) < 1000,
    ),
  ),
  store(
    "forgets-reach-of-large-pages",
    "Pages from 200 on come from a scan without the scope.",
    forgets(
      "scope",
      ({ limit }, operation) => operation === "list" && (limit ?? 0) >= 200 && (limit ?? 0) < 1000,
    ),
  ),
  store(
    "forgets-deep-filters",
    "A filter of five levels is taken for none.",
    forgets("filter", ({ filter }) => filter !== undefined && depthOf(filter) >= 5),
  ),
  store(
    "shares-large-batches",
    "What is beyond the first 300 records of a list is written without its owner.",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        const records = request.records.map((record, index) =>
          index < 300 ? record : { ...record, scopeKey: { user: "", agent: "", run: "" } },
        );
        return super.upsert(space, { ...request, records });
      }
    },
  ),
  store(
    "forgets-reach-of-large-namespaces",
    "Over 1,000 records an index is used, which knows no scope.",
    forgets("scope", (_, operation, space) => operation === "searchText" && space.records.size > 1000),
  ),
  store(
    "filters-late-in-large-namespaces",
    "Over 3,000 records the 3,000 nearest are taken, and then those of the scope.",
    class extends RightStore {
      override async search(space: Space, query: VectorQuery) {
        const hits = await super.search(space, query);
        if (space.records.size <= 3000) return hits;
        const all = [...space.records.values()].flatMap((row) =>
          row.vector ? [{ row, score: this.cosine(row.vector, query.vector) }] : [],
        );
        const best = new Set(
          all
            .sort((a, b) => b.score - a.score)
            .slice(0, 3000)
            .map(({ row }) => this.identify(row)),
        );
        return hits.filter(({ record }) => best.has(this.identify(record)));
      }
    },
  ),
  store(
    "returns-a-hundred-hits",
    "A search has at most a hundred hits, whatever the limit.",
    class extends RightStore {
      override best(
        space: Space,
        scored: Parameters<RightStore["best"]>[1],
        query: Parameters<RightStore["best"]>[2],
      ) {
        return super.best(space, scored, query).slice(0, 100);
      }
    },
  ),
  store(
    "deletes-five-hundred",
    "At most 500 records are deleted at once, and all are counted.",
    class extends RightStore {
      override async delete(space: Space, request: DeleteRequest) {
        if (request.versions) return super.delete(space, request);
        const doomed = this.visible(space, request, "delete").filter(
          ({ id }) => !request.ids || request.ids.includes(id),
        );
        for (const record of doomed.slice(0, 500)) space.records.delete(this.identify(record));
        return doomed.length;
      }
    },
  ),
  store(
    "forgets-filters-of-later-pages",
    "Pages after the first forget the filter.",
    forgets("filter", ({ cursor }, operation) => operation === "list" && cursor !== undefined),
  ),
  store(
    "forgets-reach-of-later-pages",
    "Pages after the first forget the scope.",
    forgets("scope", ({ cursor }, operation) => operation === "list" && cursor !== undefined),
  ),
  store(
    "pages-by-offset",
    "A cursor is the number of records that were seen.",
    class extends RightStore {
      override async list(space: Space, query: ListQuery) {
        const { cursor, ...rest } = query;
        const all = await super.list(space, { ...rest, limit: Number.MAX_SAFE_INTEGER });
        const from = Number(cursor ?? 0);
        const records = all.records.slice(from, from + query.limit);
        return {
          records,
          ...(from + query.limit < all.records.length ? { cursor: String(from + query.limit) } : {}),
        };
      }
    },
    "core",
  ),
  store(
    "overfetches-words",
    "Ten times the limit of the best matches are taken, and then those of the scope.",
    class extends RightStore {
      override async searchText(space: Space, query: TextQuery) {
        const right = await super.searchText(space, query);
        const best = await super.searchText(space, { ...query, scope: everything, limit: 10 * query.limit });
        const names = new Set(best.map(({ record }) => this.identify(record)));
        return right.filter(({ record }) => names.has(this.identify(record)));
      }
    },
  ),
];
