import { type PredicateDialect, tokenComparison } from "@loci/core/store";
import type { Where } from "chromadb";

const inverse = { gt: "lte", gte: "lt", lt: "gte", lte: "gt" } as const;

/** Predicates as the client takes them. */
export const dialect: PredicateDialect<Where> = {
  everything: { namespace: { $ne: "" } },
  nothing: { namespace: "" },
  and: (parts) => join("$and", parts),
  or: (parts) => join("$or", parts),
  oneOf: (column, values) => ({ [column]: { $in: [...values] } }) as Where,
  range,
  field(comparison) {
    const asked = tokenComparison(comparison);
    const { negated } = comparison;
    if (asked.type === "any") {
      const parts = asked.tokens.map(
        (token): Where => ({ [tokenKey(token)]: negated ? { $ne: true } : true }),
      );
      return join(negated ? "$and" : "$or", parts);
    }
    const [key, isNumber] = [numberKey(asked.token), isNumberKey(asked.token)];
    return negated
      ? { $or: [{ [isNumber]: { $ne: true } }, range(key, inverse[asked.operator], asked.value)] }
      : { $and: [{ [isNumber]: true }, range(key, asked.operator, asked.value)] };
  },
};

/** The most parts of one list. Chroma's SQLite nests each part one level deeper than the one before, and allows 1,000 levels. */
const widest = 50;

/** A long list is a list of lists. The client refuses a list of one. */
function join(operator: "$and" | "$or", parts: readonly Where[]): Where {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  const size = Math.ceil(parts.length / widest);
  const lists = Array.from({ length: Math.ceil(parts.length / size) }, (_, list) =>
    join(operator, parts.slice(list * size, (list + 1) * size)),
  );
  return { [operator]: lists } as Where;
}

/** What a request is narrowed by. Chroma is faster where it is by nothing. */
export function only(where: Where): { readonly where?: Where } {
  return where === dialect.everything ? {} : { where };
}

/** The key of a token: true where the record has it. Chroma's lists are not used: they outlive their collection. */
export function tokenKey(token: string): string {
  return `t:${token}`;
}
/** The key of a field that is one number. */
export function numberKey(token: string): string {
  return `n:${token}`;
}
/** The key that says whether a field is one number. */
export function isNumberKey(token: string): string {
  return `h:${token}`;
}

/**
 * Chroma keeps whole numbers apart from others, and cuts the fraction off what it compares them with: 5 is at least 5.5 to
 * it. Only the number without the fraction can be wrong, and is put right.
 */
export function range(key: string, operator: keyof typeof inverse, value: number): Where {
  const asked = { [key]: { [`$${operator}`]: value } } as Where;
  const cut = Math.trunc(value);
  if (cut === value) return asked;
  const holds = operator.startsWith("g") ? cut > value : cut < value;
  // Whether it holds for the number without the fraction, as Chroma sees it.
  const seen = operator.endsWith("e");
  if (seen === holds) return asked;
  return holds ? { $or: [asked, { [key]: cut }] } : { $and: [asked, { [key]: { $ne: cut } }] };
}

/** Holds where a key has a number. Chroma compares whole numbers with what is left without the fraction. */
export function equal(key: string, value: number): Where {
  const cut = Math.trunc(value);
  return cut === value ? { [key]: value } : { $and: [{ [key]: value }, { [key]: { $ne: cut } }] };
}
