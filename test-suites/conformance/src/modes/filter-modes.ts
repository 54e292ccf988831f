import type { MetadataFilter } from "@loci/core";
import { type Filter, parseFilter } from "@loci/core/store";
import { moment } from "./population.ts";
import { scripts } from "./scripts.ts";

/** How many values a list has, and how many parts a filter: few, more than some limit, and as many as `parseFilter` takes. */
const lengths = [1, 9, 101, 1000];
const widths = [2, 9, 51, 100];
const depths = [2, 3, 5, 8];

/**
 * The kinds of filters, each with its variants: every operator, every length and depth up to what `parseFilter` takes, every type
 * of value, and core's own time fields.
 */
export const filterModes: Readonly<Record<string, readonly (Filter | undefined)[]>> = {
  none: [undefined],
  "one value": given({ kind: "x" }, { kind: 5 }, { kind: "5" }, { kind: true }, { "a.b": "x" }),
  "another value": given({ kind: { $ne: "x" } }, { unknown: { $ne: "x" } }, { "a.b": { $ne: "x" } }),
  "a list of values": lengths.map((length) => parseFilter({ tag: { $in: tags(length) } })),
  "none of a list": lengths.map((length) => parseFilter({ tag: { $nin: tags(length) } })),
  "a number": given(
    { number: { $gt: -0.5 } },
    { number: { $gte: 0.5 } },
    { number: { $lt: 1.5 } },
    { number: { $lte: -1.5 } },
    { $not: { number: { $gt: 3.5 } } },
    { number: { $gt: -9.5, $lte: 9.5 } },
  ),
  "a field": given({ kind: { $exists: true } }, { kind: { $exists: false } }, { unknown: { $exists: true } }),
  "all of many": widths.map((width) =>
    parseFilter({ $and: tags(width).map((tag) => ({ tag: { $ne: tag } })) }),
  ),
  "one of many": widths.map((width) => parseFilter({ $or: tags(width).map((tag) => ({ tag })) })),
  nested: depths.map((depth) => parseFilter(nested(depth))),
  "a script": scripts.map(({ terms }) => parseFilter({ word: { $in: terms.slice(1) } })),
  rare: given({ rare: true }, { rare: true, number: { $lt: 0 } }, { rare: { $ne: true }, kind: "x" }),
  "a name": given(
    { owner: "bob" },
    { user: "bob" },
    { orgId: "rival" },
    { $or: [{ owner: "bob" }, { owner: { $ne: "bob" } }] },
    { $not: { $and: [{ owner: "alice" }, { kind: { $exists: true } }] } },
  ),
  "valid then": [
    validAt(moment),
    validAt(moment - 1),
    validAt(moment + 1),
    validAt(moment, parseFilter({ "a.b": "x" })),
  ],
  created: ranges("$createdAt"),
  begun: ranges("$validFrom"),
  ended: ranges("$validTo"),
  expired: ranges("$expiresAt"),
};

/**
 * The variants of a kind in turns, so that each is tried where the kind is tried often enough: every second one inside what core asks
 * with every read, and beside an alternative.
 */
export class FilterTurns {
  readonly #turns = new Map<string, number>();

  /** The next variant of a kind, for a way to call. */
  next(way: string, kind: string): Filter | undefined {
    const variants = filterModes[kind] ?? [];
    const turn = this.#turns.get(`${way} ${kind}`) ?? 0;
    this.#turns.set(`${way} ${kind}`, turn + 1);
    const filter = variants[turn % variants.length];
    const isWithin = ((turn % variants.length) + Math.floor(turn / variants.length)) % 2 === 1;
    return filter && isWithin ? validAt(moment, withAlternative(filter)) : filter;
  }
}

/** What some records have. */
const rarely: Filter = parseFilter({ rare: true });

/** Beside as many parts as `parseFilter` takes there is no room. */
function withAlternative(filter: Filter): Filter {
  const isFull = (filter.type === "and" || filter.type === "or") && filter.filters.length === widths.at(-1);
  return isFull ? filter : { type: "or", filters: [rarely, filter] };
}

function given(...filters: readonly MetadataFilter[]): readonly Filter[] {
  return filters.map((filter) => parseFilter(filter));
}

/** Half of the values are on records, and the last of them on the most: whoever cuts a list misses those. */
function tags(length: number): readonly string[] {
  return Array.from({ length }, (_, index) => `tag ${(length - 1 - index) * 2}`);
}

/** One inside the other: and, not, or, in turns. */
function nested(depth: number): MetadataFilter {
  const inner: MetadataFilter = { number: { $gte: -3.5 } };
  if (depth === 1) return inner;
  const rest = nested(depth - 1);
  return [{ $and: [{ rare: { $ne: 1 } }, rest] }, { $not: rest }, { $or: [{ kind: "x" }, rest] }][
    depth % 3
  ] as MetadataFilter;
}

/** What core asks with every read: not ended, begun, and not expired at a moment. */
function validAt(at: number, filter?: Filter): Filter {
  const filters = [
    range("$validTo", "gt", at),
    range("$expiresAt", "gt", at),
    range("$validFrom", "lte", at),
  ];
  return { type: "and", filters: filter ? [...filters, filter] : filters };
}

/** At, before and after the moment, since there are records at each. */
function ranges(field: string): readonly Filter[] {
  return (["gt", "gte", "lt", "lte"] as const).flatMap((operator, index) => [
    range(field, operator, moment),
    range(field, operator, index % 2 ? moment - 1 : -1, true),
  ]);
}

function range(field: string, operator: "gt" | "gte" | "lt" | "lte", value: number, negated = false): Filter {
  return { type: "range", field, operator, value, negated };
}
