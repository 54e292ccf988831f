import {
  type FieldScalar,
  type Fields,
  fromColumns,
  type NamespaceKey,
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

/**
 * Inserts or replaces records, given as the JSON list of `toRows`, where what is stored is what they expect, and answers the numbers
 * of those that were written. A record keeps its place in the order. One that expects a version is only ever updated: where it was
 * deleted meanwhile, nothing is inserted.
 */
export function writeSql(
  key: NamespaceKey,
  vectors: boolean,
  records: readonly VectorRecord[],
  given: string,
): string {
  const table = `${key}.records`;
  const names = "namespace, created_at, valid_from, valid_to, expires_at, length, fields, payload, words";
  const replaced = vectors ? `${names}, vector` : names;
  const columns = `${identity.join(", ")}, ${replaced}`;
  const assigned = (from: string) =>
    [...replaced.split(", ").map((name) => `${name} = ${from}.${name}`), `version = ${newVersion}`].join(
      ", ",
    );
  const insert = (expected: string, otherwise: string) => `
    insert into ${table} (${columns}, version) select ${columns}, ${newVersion} from given where version ${expected}
    on conflict (${identity.join(", ")}) do ${otherwise} returning ${identity.join(", ")}`;
  const kinds = new Set(
    records.map(({ expected = "any" }) => (typeof expected === "string" ? expected : "version")),
  );
  const answers = (kind: string) =>
    kind === "version"
      ? "select seq from updated"
      : `select g.seq from ${kind}_written w join given g on ${sameRecord("w", "g")}`;
  const steps: Readonly<Record<string, string>> = {
    any: `any_written as (${insert("is null", `update set ${assigned("excluded")}`)})`,
    absent: `absent_written as (${insert("= ''", "nothing")})`,
    version: `updated as (
      update ${table} r set ${assigned("g")} from given g
      where ${sameRecord("r", "g")} and g.version = r.version returning g.seq)`,
  };
  return `with given as materialized (select * from json_populate_recordset(null::${table}, ${given})),
    ${[...kinds].map((kind) => steps[kind]).join(", ")}
    ${[...kinds].map(answers).join(" union all ")}`;
}

/** Deletes records, given as the JSON list of `toVersions`, that are still at their version. */
export function deleteVersionsSql(key: NamespaceKey, given: string): string {
  return `delete from ${key}.records r using json_populate_recordset(null::${key}.records, ${given}) g
    where ${sameRecord("r", "g")} and g.version = r.version`;
}

/** Records with their versions as a JSON list of rows of their table. */
export function toVersions(records: readonly RecordVersion[]): string {
  return JSON.stringify(records.map(({ id, scopeKey, version }) => ({ id, ...scopeKey, version })));
}

const identity = ["id", '"user"', "agent", "run"];
/** Random, so that no record has one twice. */
const newVersion = "gen_random_uuid()::text";

function sameRecord(a: string, b: string): string {
  return identity.map((name) => `${a}.${name} = ${b}.${name}`).join(" and ");
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
