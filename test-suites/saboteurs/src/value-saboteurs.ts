import {
  type Fields,
  type Filter,
  matchesFilter,
  type ScopeFilter,
  type TextQuery,
  type VectorRecord,
} from "@loci/core/store";
import { type NamedSaboteur, wrong } from "./named-saboteur.ts";
import { RightStore, type Row, type Space } from "./right-store.ts";

const whole = "values-come-back-whole";
const compared = "values-compare-as-they-are";
const replaced = "replaced-records-keep-nothing";

/** Changes what is written. */
function writes(
  change: (record: VectorRecord, before: Row | undefined) => VectorRecord,
): new () => RightStore {
  return class extends RightStore {
    override write(space: Space, record: VectorRecord, before: Row | undefined) {
      super.write(space, change(record, before), before);
    }
  };
}

/** Changes each value of a record's fields. */
function writesValues(change: (value: string | number | boolean) => string | number | boolean) {
  return writes((record) => {
    const fields = Object.entries(record.fields).map(([name, value]) => [
      name,
      name.startsWith("$") ? value : typeof value === "object" ? value.map(change) : change(value),
    ]);
    return { ...record, fields: Object.fromEntries(fields) as Fields };
  });
}

/** Compares other fields than those that are stored. */
function compares(
  change: (fields: Fields) => Fields,
  filterOf = (filter: Filter) => filter,
): new () => RightStore {
  return class extends RightStore {
    override matches(record: Row, filter: Filter): boolean {
      return matchesFilter(change(record.fields), filterOf(filter));
    }
  };
}

const inSinglePrecision = (value: number) => Math.fround(value);
const entriesOf = (fields: Fields, entries: readonly (readonly [string, Fields[string]])[]) =>
  ({
    ...Object.fromEntries(Object.entries(fields).filter(([name]) => name.startsWith("$"))),
    ...Object.fromEntries(entries),
  }) as Fields;
const ownFields = (fields: Fields) => Object.entries(fields).filter(([name]) => !name.startsWith("$"));

/** Stores that keep, compare or return values and vectors otherwise than they were given. */
export const valueSaboteurs: readonly NamedSaboteur[] = [
  wrong(
    "takes-vectors-by-id",
    "Vectors are joined to records by id, so that one owner gets another's.",
    "vectors-belong-to-their-record",
    class extends RightStore {
      override stored(row: Row, space: Space, within: ScopeFilter, vectors = false) {
        const [first] = [...space.records.values()].filter(({ id, vector }) => id === row.id && vector);
        const vector = first?.vector;
        return super.stored({ ...row, ...(vector ? { vector } : {}) }, space, within, vectors);
      }
    },
  ),
  wrong(
    "clamps-cosines",
    "What points away from the query scores 0.",
    "vectors-compare-as-they-are",
    class extends RightStore {
      override cosine(a: Float32Array, b: Float32Array) {
        return Math.max(0, super.cosine(a, b));
      }
    },
    "core",
  ),
  wrong(
    "stores-zeros-for-none",
    "A record without a vector is stored with one of zeros.",
    "vectors-compare-as-they-are",
    writes((record) => ({ ...record, vector: record.vector ?? new Float32Array(8) })),
    "core",
  ),
  wrong(
    "stores-single-precision",
    "Numbers are stored as Float32.",
    whole,
    writesValues((value) => (typeof value === "number" ? inSinglePrecision(value) : value)),
    "core",
  ),
  wrong(
    "compares-in-single-precision",
    "Numbers are compared as Float32.",
    compared,
    compares(
      (fields) =>
        entriesOf(
          fields,
          ownFields(fields).map(([name, value]) => [
            name,
            typeof value === "number" ? inSinglePrecision(value) : value,
          ]),
        ),
      (filter) => singlePrecision(filter),
    ),
    "core",
  ),
  wrong(
    "indexes-twenty-fields",
    "Filters know the first twenty fields of a record.",
    compared,
    compares((fields) => entriesOf(fields, ownFields(fields).slice(0, 20))),
    "core",
  ),
  wrong(
    "indexes-twenty-values",
    "Filters know the first twenty values of a list.",
    compared,
    compares((fields) =>
      entriesOf(
        fields,
        ownFields(fields).map(([name, value]) => [
          name,
          typeof value === "object" ? value.slice(0, 20) : value,
        ]),
      ),
    ),
    "core",
  ),
  wrong(
    "ends-texts-at-nul",
    "Texts end at their first NUL.",
    whole,
    writesValues((value) => (typeof value === "string" ? (value.split("\u0000")[0] ?? "") : value)),
    "core",
  ),
  wrong(
    "composes-texts",
    "Texts are stored in their composed form.",
    whole,
    writesValues((value) => (typeof value === "string" ? value.normalize("NFC") : value)),
    "core",
  ),
  wrong(
    "cuts-values",
    "Texts are cut after 4,000 characters.",
    whole,
    writesValues((value) => (typeof value === "string" ? value.slice(0, 4000) : value)),
    "core",
  ),
  wrong(
    "cuts-payloads",
    "Payloads are cut after 100,001 characters.",
    whole,
    writes((record) => ({ ...record, payload: record.payload.slice(0, 100_001) })),
    "core",
  ),
  wrong(
    "loses-names-of-prototypes",
    "A field that every object has, such as toString, is taken for one of those.",
    whole,
    writes((record) => ({
      ...record,
      fields: Object.fromEntries(Object.entries(record.fields).filter(([name]) => !(name in {}))) as Fields,
    })),
    "core",
  ),
  wrong(
    "begins-in-1970",
    "Moments before 1970 are stored as its first.",
    whole,
    writes((record) => ({
      ...record,
      fields: Object.fromEntries(
        Object.entries(record.fields).map(([name, value]) => [
          name,
          name.startsWith("$") ? Math.max(0, Number(value)) : value,
        ]),
      ) as Fields,
    })),
    "core",
  ),
  wrong(
    "merges-fields",
    "A record that is replaced keeps the fields that the new one does not have.",
    replaced,
    writes((record, before) => ({ ...record, fields: { ...before?.fields, ...record.fields } })),
    "core",
  ),
  wrong(
    "keeps-old-vectors",
    "A record that is replaced by one without a vector keeps its own.",
    replaced,
    writes((record, before) => ({ ...(before?.vector ? { vector: before.vector } : {}), ...record })),
    "core",
  ),
  wrong(
    "keeps-old-words",
    "A record that is replaced is found by its old words as well.",
    replaced,
    writes((record, before) => ({
      ...record,
      keywords: { ...record.keywords, own: [...record.keywords.own, ...(before?.keywords.own ?? [])] },
    })),
    "core",
  ),
];

function singlePrecision(filter: Filter): Filter {
  if (filter.type === "and" || filter.type === "or")
    return { ...filter, filters: filter.filters.map(singlePrecision) };
  if (filter.type === "range")
    return filter.field.startsWith("$") ? filter : { ...filter, value: inSinglePrecision(filter.value) };
  if (filter.type === "exists") return filter;
  const values = filter.values.map((value) => (typeof value === "number" ? inSinglePrecision(value) : value));
  return { ...filter, values };
}

/** Cuts the words of a text query, or of a record. */
function words(
  own: (terms: readonly string[]) => readonly string[],
  asked: (terms: readonly string[]) => readonly string[],
): new () => RightStore {
  return class extends RightStore {
    override write(space: Space, record: VectorRecord, before: Row | undefined) {
      const keywords = { ...record.keywords, own: own(record.keywords.own) };
      super.write(space, { ...record, keywords }, before);
    }
    override searchText(space: Space, query: TextQuery) {
      return super.searchText(space, { ...query, terms: asked(query.terms) });
    }
  };
}

const cut = (term: string) => new TextDecoder().decode(new TextEncoder().encode(term).slice(0, 32));
const terms = "terms-are-kept-whole";

/** Those that only a case about keywords can see. */
export const wordSaboteurs: readonly NamedSaboteur[] = [
  wrong(
    "cuts-terms",
    "Terms are cut after 32 bytes.",
    terms,
    words(
      (all) => all.map(cut),
      (all) => all.map(cut),
    ),
    "core",
  ),
  wrong(
    "keeps-twenty-terms",
    "A record keeps its first twenty terms.",
    terms,
    words(
      (all) => all.slice(0, 20),
      (all) => all,
    ),
    "core",
  ),
  wrong(
    "asks-with-eight-terms",
    "A query asks with its first eight terms.",
    terms,
    words(
      (all) => all,
      (all) => all.slice(0, 8),
    ),
    "core",
  ),
];
