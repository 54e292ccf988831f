import {
  type Comparison,
  type Filter,
  matchesFilter,
  type ScopeFilter,
  type ScopeKey,
} from "@loci/core/store";
import type { Query } from "./contract.ts";
import { isInjection } from "./patterns.ts";
import { type Operation, RightStore, type Row } from "./right-store.ts";
import { type Saboteur, store } from "./saboteur.ts";

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

/** Stores that read filters, reaches or ids wrongly. */
export const filterSaboteurs: readonly Saboteur[] = [
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
];
