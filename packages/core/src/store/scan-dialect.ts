import { matchesFilter } from "../filter/matches-filter.ts";
import type { PredicateDialect } from "./compile-predicate.ts";
import { systemColumns } from "./record-columns.ts";
import type { RecordContent } from "./vector-store.ts";

/** Whether a query may see a record. */
export type RecordTest = (record: RecordContent) => boolean;

const fieldOfColumn = new Map(Object.entries(systemColumns).map(([field, column]) => [column, field]));

/** The dialect of stores that read their records one by one, such as those that keep them in memory or in a file. */
export const scanDialect: PredicateDialect<RecordTest> = {
  everything: () => true,
  nothing: () => false,
  and: (parts) => (record) => parts.every((part) => part(record)),
  or: (parts) => (record) => parts.some((part) => part(record)),
  oneOf(column, values) {
    const allowed = new Set(values);
    return ({ id, scopeKey }) => allowed.has(column === "id" ? id : scopeKey[column]);
  },
  range(column, operator, value) {
    const field = fieldOfColumn.get(column) ?? column;
    const comparison = { type: "range", field, operator, value, negated: false } as const;
    return ({ fields }) => matchesFilter(fields, comparison);
  },
  field:
    (comparison) =>
    ({ fields }) =>
      matchesFilter(fields, comparison),
};
