import {
  type FieldScalar,
  type Fields,
  fromColumns,
  type RecordColumns,
  type RecordVersion,
  type ScoredRecord,
  type StoredRecord,
  systemColumns,
  toColumns,
  type VectorRecord,
} from "@loci/core/store";
import type { Row } from "./connection.ts";
import { decodeText, encodeText } from "./text-encoding.ts";

/** The columns of records `r` that `toRecord` reads. */
export function recordColumns(vectors = false): string {
  const plain =
    'r.id, r."user", r.agent, r.run, r.seq::text as seq, r.namespace, r.created_at, r.valid_from, r.valid_to, r.expires_at, r.fields::text as fields, r.payload, r.version';
  return vectors ? `${plain}, r.vector::text as vector` : plain;
}

/** Records with their versions as a JSON list of rows of their table. */
export function toVersions(records: readonly RecordVersion[]): string {
  return JSON.stringify(records.map(({ id, scopeKey, version }) => ({ id, ...scopeKey, version })));
}

/** Records as a JSON list of rows of their table, each with its number in `seq` and what it expects in `version`. */
export function toRows(records: readonly VectorRecord[]): string {
  return JSON.stringify(
    records.map((record, index) => {
      const { expected } = record;
      const { $createdAt, $validFrom, $validTo, $expiresAt, ...own } = record.fields;
      return {
        ...toColumns(record),
        seq: index,
        version: expected === "absent" ? "" : expected?.version,
        length: Object.values(record.keywords).reduce((sum, terms) => sum + terms.length, 0),
        fields: mapFields(own, encodeText),
        payload: encodeText(record.payload),
        words: lexemes(record.keywords),
        vector: record.vector && vectorText(record.vector),
      };
    }),
  );
}

export function toScored(row: Row): ScoredRecord {
  return { record: toRecord(row), score: Number(row.score) };
}

export function toRecord(row: Row): StoredRecord {
  // An application's pool may have parsers of its own.
  const times = Object.values(systemColumns).map((column) => [column, Number(row[column])]);
  const columns = { ...row, ...Object.fromEntries(times), fields: "{}" } as StoredColumns;
  const record = fromColumns(columns, row.vector ? JSON.parse(String(row.vector)) : undefined);
  const own = mapFields(JSON.parse(String(row.fields)), decodeText);
  return { ...record, fields: { ...own, ...record.fields }, payload: decodeText(record.payload) };
}

type StoredColumns = RecordColumns & { readonly version: string };
type OwnFields = Readonly<Record<string, Fields[string]>>;

/** Names and values of fields, with each text in them encoded or decoded. */
function mapFields(fields: OwnFields, map: (text: string) => string): OwnFields {
  const one = (value: FieldScalar) => (typeof value === "string" ? map(value) : value);
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      map(name),
      typeof value === "object" ? value.map(one) : one(value),
    ]),
  );
}

export function vectorText(vector: Float32Array): string {
  return `[${vector.join(",")}]`;
}

/** A term as one lexeme, whatever is in it. */
export function quoteTerm(term: string): string {
  return `'${term.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

/** Words with their fields as PostgreSQL's weights: A for the record's own, B for those before it, C for those after it. */
function lexemes({ own, before, after }: VectorRecord["keywords"]): string {
  const places = new Map<string, string[]>();
  let position = 0;
  for (const [weight, terms] of Object.entries({ A: own, B: before, C: after })) {
    for (const term of terms) {
      position = Math.min(position + 1, maxPosition);
      const known = places.get(term);
      if (known) known.push(`${position}${weight}`);
      else places.set(term, [`${position}${weight}`]);
    }
  }
  return [...places].map(([term, where]) => `${quoteTerm(term)}:${where.join(",")}`).join(" ");
}

/** PostgreSQL takes no higher position of a word. */
const maxPosition = 16_383;
