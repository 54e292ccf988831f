import { type PredicateDialect, type ScopeKey, tokenComparison } from "@loci/core/store";
import type { Schemas } from "@qdrant/js-client-rest";

export type Condition = Schemas["Condition"];

const everything: Condition = { must_not: [{ has_id: [] }] };

/** Predicates as conditions. Levels, ids and metadata are tokens of one indexed list; its numbers lie in an object. */
export const dialect: PredicateDialect<Condition> = {
  everything,
  nothing: { has_id: [] },
  and: (parts) => ({ must: [...parts] }),
  or: (parts) => ({ should: [...parts] }),
  oneOf: (column, values) => anyToken(values.map((value) => columnToken(column, value))),
  range: (key, operator, value) => ({ key, range: { [operator]: value } }),
  field(comparison) {
    const asked = tokenComparison(comparison);
    // A path: quoted, since a dot or a dash outside quotes has a meaning.
    const plain: Condition =
      asked.type === "any"
        ? anyToken(asked.tokens)
        : { key: `numbers."${asked.token}"`, range: { [asked.operator]: asked.value } };
    return comparison.negated ? { must_not: [plain] } : plain;
  },
};

/** What is compared for equality lies in the list under a name that says what it is. */
export function columnToken(column: keyof ScopeKey | "id", value: string): string {
  return `${column}:${value}`;
}

function anyToken(tokens: readonly string[]): Condition {
  return { key: "tokens", match: { any: [...tokens] } };
}
