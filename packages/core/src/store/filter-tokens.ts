import type { Comparison, FieldScalar, Fields } from "../filter/filter.ts";
import { digest, uuid } from "./digest.ts";

/** A record's metadata fields in a form that any backend can index, whatever characters and types they have. */
export interface FilterTokens {
  /** One for each field, and one for each value of it: opaque, 36 ASCII characters, no two alike by accident. */
  readonly tokens: readonly string[];
  /** The value of each field that is one number, under the token of the field. */
  readonly numbers: readonly (readonly [token: string, value: number])[];
}

/** What a comparison over metadata asks of those tokens, `negated` aside. */
export type TokenComparison =
  | { readonly type: "any"; readonly tokens: readonly string[] }
  | {
      readonly type: "range";
      readonly token: string;
      readonly operator: "gt" | "gte" | "lt" | "lte";
      readonly value: number;
    };

const system: ReadonlySet<string> = new Set(["$createdAt", "$validFrom", "$validTo", "$expiresAt"]);

/** The tokens of a record's metadata. Core's own four fields have none: they are numbers. */
export function filterTokens(fields: Fields): FilterTokens {
  const tokens: string[] = [];
  const numbers: (readonly [string, number])[] = [];
  for (const [field, value] of Object.entries(fields)) {
    if (system.has(field)) continue;
    const token = fieldToken(field);
    tokens.push(token);
    if (typeof value === "number") numbers.push([token, value]);
    for (const one of typeof value === "object" ? value : [value]) tokens.push(valueToken(field, one));
  }
  return { tokens: [...new Set(tokens)], numbers };
}

/** What a comparison over metadata is, said of tokens. Its `negated` is left to the caller. */
export function tokenComparison(comparison: Comparison): TokenComparison {
  const { field } = comparison;
  if (comparison.type === "exists") return { type: "any", tokens: [fieldToken(field)] };
  if (comparison.type === "in")
    return { type: "any", tokens: comparison.values.map((value) => valueToken(field, value)) };
  const { operator, value } = comparison;
  return { type: "range", token: fieldToken(field), operator, value };
}

function fieldToken(field: string): string {
  return uuid(digest("field", field));
}

/** 5, "5" and true have three tokens; 0 and -0 are one number. */
function valueToken(field: string, value: FieldScalar): string {
  return uuid(digest("value", field, typeof value, String(value)));
}
