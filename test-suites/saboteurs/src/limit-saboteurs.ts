import type { Filter, TextQuery, VectorRecord } from "@loci/core/store";
import type { GetQuery, ListQuery, Page, Query, UpsertRequest, VectorQuery } from "./contract.ts";
import { type Asked, forgets } from "./forgetful-store.ts";
import { type NamedSaboteur, wrong } from "./named-saboteur.ts";
import { RightStore, type Row, type Space } from "./right-store.ts";

const modes = "reads-answer-the-reference";
const depthOf = (filter: Filter): number =>
  filter.type === "and" || filter.type === "or" ? 1 + Math.max(...filter.filters.map(depthOf)) : 1;
const few = (filter: Filter, most: number): Filter => {
  if (filter.type === "in") return { ...filter, values: filter.values.slice(0, most) };
  if (filter.type === "and" || filter.type === "or")
    return { ...filter, filters: filter.filters.map((one) => few(one, most)) };
  return filter;
};

/** Stores with a limit that nobody has told their authors of. */
export const limitSaboteurs: readonly NamedSaboteur[] = [
  wrong(
    "forgets-reach-of-deep-filters",
    "A filter of five levels is put together anew, without the scope.",
    modes,
    forgets("scope", ({ filter }) => filter !== undefined && depthOf(filter) >= 5),
  ),
  wrong(
    "forgets-reach-of-large-word-limits",
    "A text query for more than 200 hits goes on without the scope.",
    modes,
    forgets("scope", ({ limit }, operation) => operation === "searchText" && (limit ?? 0) > 200),
  ),
  wrong(
    "returns-a-thousand-hits",
    "A search has at most a thousand hits, whatever the limit.",
    modes,
    class extends RightStore {
      override async search(space: Space, query: VectorQuery) {
        return super.search(space, { ...query, limit: Math.min(query.limit, 1000) });
      }
    },
  ),
  wrong(
    "finds-a-thousand-by-words",
    "A text query has at most a thousand hits, whatever the limit.",
    modes,
    class extends RightStore {
      override async searchText(space: Space, query: TextQuery) {
        return super.searchText(space, { ...query, limit: Math.min(query.limit, 1000) });
      }
    },
  ),
  wrong(
    "lists-a-thousand",
    "A page has at most a thousand records, whatever the limit, and no cursor where it has fewer than were asked for.",
    modes,
    class extends RightStore {
      override async list(space: Space, query: ListQuery): Promise<Page> {
        const page = await super.list(space, { ...query, limit: Math.min(query.limit, 1000) });
        return query.limit > 1000 ? { records: page.records } : page;
      }
    },
  ),
  wrong(
    "gets-a-hundred",
    "At most a hundred ids are asked for.",
    modes,
    class extends RightStore {
      override async get(space: Space, query: GetQuery) {
        return super.get(space, { ...query, ids: query.ids.slice(0, 100) });
      }
    },
  ),
  wrong(
    "filters-by-five-hundred-values",
    "A filter compares with at most 500 values.",
    modes,
    class extends RightStore {
      override matches(record: Row, filter: Filter) {
        return super.matches(record, few(filter, 500));
      }
    },
  ),
  wrong(
    "asks-with-a-hundred-terms",
    "A text query has at most a hundred terms.",
    modes,
    class extends RightStore {
      override async searchText(space: Space, query: TextQuery) {
        return super.searchText(space, { ...query, terms: query.terms.slice(0, 100) });
      }
    },
  ),
  wrong(
    "writes-a-thousand",
    "Of a list of more, the first thousand records are written.",
    modes,
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        return super.upsert(space, { ...request, records: request.records.slice(0, 1000) });
      }
    },
  ),
  wrong(
    "compares-two-thousand-dimensions",
    "A vector is cut after 2,000 dimensions.",
    "vectors-compare-as-they-are",
    class extends RightStore {
      override write(space: Space, record: VectorRecord, before: Row | undefined) {
        const { vector, ...rest } = record;
        super.write(space, { ...rest, ...(vector ? { vector: vector.slice(0, 2000) } : {}) }, before);
      }
    },
    "core",
  ),
  wrong(
    "pages-by-the-moment",
    "A cursor is the moment of the last record, and others of this moment are passed over.",
    modes,
    class extends RightStore {
      override async list(space: Space, query: ListQuery): Promise<Page> {
        const { cursor, ...rest } = query;
        const all = await super.list(space, { ...rest, limit: Number.MAX_SAFE_INTEGER });
        const left = all.records.filter(
          ({ fields }) => cursor === undefined || fields.$createdAt < Number(cursor),
        );
        const records = left.slice(0, query.limit);
        const last = records.at(-1);
        return {
          records,
          ...(last && left.length > query.limit ? { cursor: `${last.fields.$createdAt}` } : {}),
        };
      }
    },
  ),
  wrong(
    "forgets-vectors-of-later-pages",
    "Pages after the first have no vectors.",
    modes,
    class extends RightStore {
      override async list(space: Space, query: ListQuery) {
        return super.list(space, query.cursor === undefined ? query : { ...query, vectors: false });
      }
    },
  ),
  wrong(
    "begins-anew-after-a-deletion",
    "A cursor is the last record's name, and where that one was deleted the listing begins anew.",
    "pages-go-on-where-they-were",
    class extends RightStore {
      override async list(space: Space, query: ListQuery): Promise<Page> {
        const { cursor, ...rest } = query;
        const { records: all } = await super.list(space, { ...rest, limit: Number.MAX_SAFE_INTEGER });
        const from = cursor === undefined ? 0 : all.findIndex((one) => this.identify(one) === cursor) + 1;
        const records = all.slice(from, from + query.limit);
        const last = records.at(-1);
        return {
          records,
          ...(last && from + query.limit < all.length ? { cursor: this.identify(last) } : {}),
        };
      }
    },
    "core",
  ),
  wrong(
    "filters-a-sample",
    "Where a filter is given, the nearest four times the limit are filtered, and no more.",
    modes,
    class extends RightStore {
      override async search(space: Space, query: VectorQuery) {
        const { filter, ...rest } = query;
        if (!filter) return super.search(space, query);
        const nearest = await super.search(space, { ...rest, limit: 4 * query.limit });
        const rows = new Set(this.visible(space, query, "search").map((row) => this.identify(row)));
        return nearest.filter(({ record }) => rows.has(this.identify(record))).slice(0, query.limit);
      }
    },
  ),
  wrong(
    "lists-without-the-filter-in-large-namespaces",
    "From 2,000 records on a listing is a scan, which forgets the filter.",
    modes,
    forgets("filter", (_: Asked, operation, space) => operation === "list" && space.records.size >= 2000),
  ),
  wrong(
    "estimates-large-counts",
    "From 3,000 records on a count is rounded to tens.",
    modes,
    class extends RightStore {
      override async count(space: Space, query: Query) {
        const count = await super.count(space, query);
        return space.records.size < 3000 ? count : Math.round(count / 10) * 10;
      }
    },
  ),
];

/** One that shows among 12,000 records, which are looked at with more effort. */
export const countsToTenThousand: NamedSaboteur = wrong(
  "counts-to-ten-thousand",
  "A count ends at 10,000.",
  modes,
  class extends RightStore {
    override async count(space: Space, query: Query) {
      return Math.min(10_000, await super.count(space, query));
    }
  },
);
