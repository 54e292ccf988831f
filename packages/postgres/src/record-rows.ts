import type { Fields, NamespaceKey, ScoredRecord, StoredRecord, VectorRecord } from "@loci/core/store";
import type { Row } from "./connection.ts";
import { encodeValue } from "./predicate.ts";
import { decodeText, encodeText } from "./text-encoding.ts";

/** PostgreSQL takes no higher position of a word, and no more than this many of one. */
const maxPosition = 16_383;

/** The columns of records `r` that `toRecord` reads. */
export function recordColumns(vectors = false): string {
  const plain =
    'r.id, r."user", r.agent, r.run, r.seq::text as seq, r.namespace, r.created_at, r.valid_from, r.valid_to, r.expires_at, r.fields::text as fields, r.payload';
  return vectors ? `${plain}, r.vector::text as vector` : plain;
}

/** Inserts or replaces records, given as one JSON list, by id and placement. A record keeps its place in the order. */
export function upsertSql(key: NamespaceKey, vectors: boolean): string {
  const given = [
    'id text, "user" text, agent text, run text, namespace text',
    "created_at float8, valid_from float8, valid_to float8, expires_at float8",
    "length int, fields jsonb, payload text, words text",
    ...(vectors ? ["vector text"] : []),
  ].join(", ");
  const plain = [
    "namespace",
    "created_at",
    "valid_from",
    "valid_to",
    "expires_at",
    "length",
    "fields",
    "payload",
  ];
  const typed = [...plain, "words", ...(vectors ? ["vector"] : [])];
  const cast = [...plain, "words::tsvector", ...(vectors ? ["vector::vector"] : [])];
  return `insert into ${key}.records (id, "user", agent, run, ${typed.join(", ")})
    select id, "user", agent, run, ${cast.join(", ")} from json_to_recordset($1::json) as given(${given})
    on conflict (id, "user", agent, run) do update set ${typed.map((name) => `${name} = excluded.${name}`).join(", ")}`;
}

/** Records as the JSON list of `upsertSql`. Of two that are one record, the last counts. */
export function toRows(records: readonly VectorRecord[], vectors: boolean): string {
  const rows = new Map(
    records.map((record) => {
      const { id, scopeKey, namespace, payload, keywords, vector } = record;
      const { $createdAt, $validFrom, $validTo, $expiresAt, ...own } = record.fields;
      const row = {
        id,
        ...scopeKey,
        namespace,
        created_at: $createdAt,
        valid_from: $validFrom,
        valid_to: $validTo,
        expires_at: $expiresAt,
        length: keywords.own.length + keywords.before.length + keywords.after.length,
        fields: Object.fromEntries(
          Object.entries(own).map(([name, value]) => [
            encodeText(name),
            typeof value === "object" ? value.map(encodeValue) : encodeValue(value),
          ]),
        ),
        payload: encodeText(payload),
        words: lexemes(keywords),
        ...(vectors ? { vector: vector ? vectorText(vector) : null } : {}),
      };
      return [JSON.stringify([id, scopeKey.user, scopeKey.agent, scopeKey.run]), row];
    }),
  );
  return JSON.stringify([...rows.values()]);
}

/** Words with their fields as PostgreSQL's weights: A for the record's own, B for those before it, C for those after it. */
function lexemes({ own, before, after }: VectorRecord["keywords"]): string {
  const places = new Map<string, string[]>();
  let position = 0;
  for (const [weight, terms] of [
    ["A", own],
    ["B", before],
    ["C", after],
  ] as const) {
    for (const term of terms) {
      position = Math.min(position + 1, maxPosition);
      const known = places.get(term);
      if (known) known.push(`${position}${weight}`);
      else places.set(term, [`${position}${weight}`]);
    }
  }
  return [...places].map(([term, where]) => `${quoteTerm(term)}:${where.join(",")}`).join(" ");
}

/** A term as one lexeme, whatever is in it. */
export function quoteTerm(term: string): string {
  return `'${term.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

export function vectorText(vector: Float32Array): string {
  return `[${vector.join(",")}]`;
}

export function toScored(row: Row): ScoredRecord {
  return { record: toRecord(row), score: Number(row.score) };
}

export function toRecord(row: Row): StoredRecord {
  const own = Object.entries(JSON.parse(String(row.fields)) as Record<string, Fields[string]>).map(
    ([name, value]): [string, Fields[string]] => [
      decodeText(name),
      typeof value === "object" ? value.map(decodeValue) : decodeValue(value),
    ],
  );
  const fields: Fields = {
    ...Object.fromEntries(own),
    $createdAt: Number(row.created_at),
    $validFrom: Number(row.valid_from),
    $validTo: Number(row.valid_to),
    $expiresAt: Number(row.expires_at),
  };
  return {
    id: String(row.id),
    namespace: row.namespace as NamespaceKey,
    scopeKey: { user: String(row.user), agent: String(row.agent), run: String(row.run) },
    fields,
    payload: decodeText(String(row.payload)),
    ...(typeof row.vector === "string" ? { vector: Float32Array.from(JSON.parse(row.vector)) } : {}),
  };
}

function decodeValue<T>(value: T): T | string {
  return typeof value === "string" ? decodeText(value) : value;
}
