import {
  type Comparison,
  type Fields,
  type Filter,
  matchesFilter,
  type TextQuery,
  type VectorRecord,
} from "@loci/core/store";
import type { VectorQuery } from "./contract.ts";
import { type NamedSaboteur, wrong } from "./named-saboteur.ts";
import { RightStore, type Row, type Space } from "./right-store.ts";

const compared = "values-compare-as-they-are";
const whole = "values-come-back-whole";
const modes = "reads-answer-the-reference";
type Value = Fields[string];

/** Reads comparisons of the caller's own fields in a way of its own. */
function reads(read: (value: Value | undefined, filter: Comparison) => boolean | undefined) {
  return class extends RightStore {
    override matches(record: Row, filter: Filter): boolean {
      if (filter.type === "and") return filter.filters.every((part) => this.matches(record, part));
      if (filter.type === "or") return filter.filters.some((part) => this.matches(record, part));
      const otherwise = filter.field.startsWith("$") ? undefined : read(record.fields[filter.field], filter);
      return otherwise ?? matchesFilter(record.fields, filter);
    }
  };
}

/** Compares with other values than those that are stored. */
function compares(change: (value: string | number | boolean) => string | number | boolean) {
  const all = (value: Value) => (typeof value === "object" ? value.map(change) : change(value)) as Value;
  return reads((value, filter) => {
    if (value === undefined || filter.type === "exists") return undefined;
    const changed = filter.type === "in" ? { ...filter, values: filter.values.map(change) } : filter;
    return matchesFilter({ [filter.field]: all(value) } as Fields, changed);
  });
}

/** Changes what is written. */
function writes(change: (record: VectorRecord) => VectorRecord): new () => RightStore {
  return class extends RightStore {
    override write(space: Space, record: VectorRecord, before: Row | undefined) {
      super.write(space, change(record), before);
    }
  };
}

/** Changes each field that is the caller's own. */
function writesFields(change: (value: Value) => Value): new () => RightStore {
  return writes((record) => ({
    ...record,
    fields: Object.fromEntries(
      Object.entries(record.fields).map(([name, value]) => [
        name,
        name.startsWith("$") ? value : change(value),
      ]),
    ) as Fields,
  }));
}

const values = (value: Value) => (typeof value === "object" ? value : [value]);
const inText = (change: (text: string) => string) => (value: Value) =>
  typeof value === "string" ? change(value) : value;

/** Stores that compare, or keep, as the backend's own types suggest. */
export const comparisonSaboteurs: readonly NamedSaboteur[] = [
  wrong(
    "takes-falsy-for-absent",
    "A field that is false, 0 or empty does not exist.",
    compared,
    reads((value, { type, negated }) => (type === "exists" && !value ? negated : undefined)),
    "core",
  ),
  wrong(
    "takes-true-for-1",
    "Truth values are stored as 1 and 0, and equal those.",
    compared,
    compares((value) => (typeof value === "boolean" ? Number(value) : value)),
    "core",
  ),
  wrong(
    "folds-values",
    "Texts of fields are compared in lower case.",
    compared,
    compares((value) => (typeof value === "string" ? value.toLowerCase() : value)),
    "core",
  ),
  wrong(
    "ignores-long-values",
    "Texts of more than 256 characters are not indexed, and equal nothing.",
    compared,
    reads((value, filter) =>
      filter.type === "in" && values(value ?? []).some((one) => String(one).length > 256)
        ? filter.negated
        : undefined,
    ),
    "core",
  ),
  wrong(
    "negates-each-value",
    "A list is unlike a value where one of its values is.",
    modes,
    reads((value, filter) =>
      filter.type === "in" && filter.negated && typeof value === "object"
        ? value.some((one) => !filter.values.includes(one))
        : undefined,
    ),
  ),
  wrong(
    "compares-numbers-in-texts",
    "A text that reads as a number is in ranges of numbers.",
    compared,
    reads((value, filter) =>
      filter.type === "range" && values(value ?? []).includes("5")
        ? matchesFilter({ [filter.field]: 5 } as unknown as Fields, filter)
        : undefined,
    ),
    "core",
  ),
  wrong(
    "compares-whole-numbers",
    "Numbers are compared without what is behind the point.",
    compared,
    compares((value) => (typeof value === "number" ? Math.trunc(value) : value)),
    "core",
  ),
  wrong(
    "trims-values",
    "Texts are stored without white space at their ends.",
    whole,
    writesFields(inText((text) => text.trim())),
    "core",
  ),
  wrong(
    "unwraps-lists-of-one",
    "A list of one value is stored as the value.",
    whole,
    writesFields((value) => (typeof value === "object" && value.length === 1 ? (value[0] as Value) : value)),
    "core",
  ),
  wrong(
    "takes-lists-for-sets",
    "A list is stored as a set.",
    whole,
    writesFields((value) => (typeof value === "object" ? ([...new Set<unknown>(value)] as never) : value)),
    "core",
  ),
  wrong(
    "keeps-three-bytes-of-a-character",
    "Characters of four bytes are replaced by a question mark.",
    whole,
    writes((record) => ({ ...record, payload: record.payload.replaceAll(/[\u{10000}-\u{10ffff}]/gu, "?") })),
    "core",
  ),
  wrong(
    "normalizes-line-ends",
    "A carriage return and a line feed become a line feed.",
    whole,
    writes((record) => ({ ...record, payload: record.payload.replaceAll("\r\n", "\n") })),
    "core",
  ),
  wrong(
    "loses-records-without-words",
    "A record is stored in the index of words, and one without words nowhere.",
    "replaced-records-keep-nothing",
    class extends RightStore {
      override write(space: Space, record: VectorRecord, before: Row | undefined) {
        const { own, before: earlier, after } = record.keywords;
        if (own.length + earlier.length + after.length > 0) super.write(space, record, before);
      }
    },
    "core",
  ),
  wrong(
    "strips-marks-of-terms",
    "Terms are stored and asked for without their marks.",
    modes,
    class extends RightStore {
      override write(space: Space, record: VectorRecord, before: Row | undefined) {
        const keywords = { ...record.keywords, own: record.keywords.own.map(plain) };
        super.write(space, { ...record, keywords }, before);
      }
      override searchText(space: Space, query: TextQuery) {
        return super.searchText(space, { ...query, terms: query.terms.map(plain) });
      }
    },
  ),
  wrong(
    "sorts-times-as-texts",
    "A listing compares moments as texts.",
    "pages-go-on-where-they-were",
    class extends RightStore {
      override async list(space: Space, query: Parameters<RightStore["list"]>[1]) {
        const page = await super.list(space, query);
        const time = (record: (typeof page.records)[number]) => String(record.fields.$createdAt);
        return { ...page, records: page.records.toSorted((a, b) => (time(a) < time(b) ? 1 : -1)) };
      }
    },
    "core",
  ),
  wrong(
    "gets-vectors-by-id",
    "Getting with vectors joins them by id.",
    "vectors-belong-to-their-record",
    class extends RightStore {
      override async get(space: Space, query: Parameters<RightStore["get"]>[1]) {
        const found = await super.get(space, query);
        const known = new Map([...space.records.values()].map(({ id, vector }) => [id, vector]));
        return found.map((record) => {
          const vector = known.get(record.id);
          return query.vectors && vector ? { ...record, vector } : record;
        });
      }
    },
  ),
  wrong(
    "lists-vectors-by-id",
    "Listing with vectors joins them by id.",
    "vectors-belong-to-their-record",
    class extends RightStore {
      override async list(space: Space, query: Parameters<RightStore["list"]>[1]) {
        const page = await super.list(space, query);
        const known = new Map([...space.records.values()].map(({ id, vector }) => [id, vector]));
        const records = page.records.map((record) => {
          const vector = known.get(record.id);
          return query.vectors && vector ? { ...record, vector } : record;
        });
        return { ...page, records };
      }
    },
  ),
  wrong(
    "stores-bytes-of-vectors",
    "Each part of a vector is stored as a byte.",
    "vectors-compare-as-they-are",
    writes((record) =>
      record.vector
        ? { ...record, vector: record.vector.map((value) => Math.round(value * 127) / 127) }
        : record,
    ),
    "core",
  ),
  wrong(
    "keeps-an-old-place-in-the-index",
    "A replaced record is found where its old vector was as well.",
    "replaced-records-keep-nothing",
    class extends RightStore {
      readonly #old = new Map<string, Float32Array>();
      override write(space: Space, record: VectorRecord, before: Row | undefined) {
        if (before?.vector) this.#old.set(`${space.key} ${this.identify(record)}`, before.vector);
        super.write(space, record, before);
      }
      override async search(space: Space, query: VectorQuery) {
        const scored = this.visible(space, query, "search").flatMap((record) => {
          const old = this.#old.get(`${space.key} ${this.identify(record)}`);
          const all = [record.vector, old].flatMap((one) => (one ? [this.cosine(one, query.vector)] : []));
          return all.length > 0 ? [{ record, score: Math.max(...all) }] : [];
        });
        return this.best(space, scored, query);
      }
    },
    "core",
  ),
];

function plain(term: string): string {
  return term.normalize("NFD").replaceAll(/\p{M}/gu, "");
}
