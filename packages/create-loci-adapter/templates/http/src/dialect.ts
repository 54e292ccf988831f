import { type PredicateDialect, tokenComparison } from "@loci/core/store";

/** A condition on a record, as the server takes it in the body of a request. */
export type Where =
  | { readonly and: readonly Where[] }
  | { readonly or: readonly Where[] }
  | { readonly not: Where }
  | { readonly column: string; readonly in: readonly string[] }
  | { readonly column: string; readonly operator: Operator; readonly value: number }
  | { readonly anyToken: readonly string[] }
  | { readonly number: string; readonly operator: Operator; readonly value: number };
type Operator = "gt" | "gte" | "lt" | "lte";

/** YOURS: how your backend says the parts of a condition. Core puts the scope at its root. */
export const dialect: PredicateDialect<Where> = {
  everything: { and: [] },
  nothing: { or: [] },
  and: (and) => ({ and }),
  or: (or) => ({ or }),
  oneOf: (column, values) => ({ column, in: values }),
  range: (column, operator, value) => ({ column, operator, value }),
  // Names and values of fields may hold any character: core makes tokens of them, which hold none that matters.
  field(comparison) {
    const asked = tokenComparison(comparison);
    const found: Where =
      asked.type === "any"
        ? { anyToken: asked.tokens }
        : { number: asked.token, operator: asked.operator, value: asked.value };
    return comparison.negated ? { not: found } : found;
  },
};
