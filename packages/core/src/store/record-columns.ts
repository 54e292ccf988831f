import type { Fields, FieldValue } from "../filter/filter.ts";
import type { NamespaceKey } from "./namespace-key.ts";
import type { RecordContent, StoredRecord } from "./vector-store.ts";

/** The columns of core's own fields, for backends that compare them as numbers. */
export const systemColumns: Readonly<Record<string, string>> = {
  $createdAt: "created_at",
  $validFrom: "valid_from",
  $validTo: "valid_to",
  $expiresAt: "expires_at",
};

/** A record as a flat row of texts and numbers, without its words and its vector. */
export interface RecordColumns {
  readonly id: string;
  readonly namespace: string;
  readonly user: string;
  readonly agent: string;
  readonly run: string;
  readonly created_at: number;
  readonly valid_from: number;
  readonly valid_to: number;
  readonly expires_at: number;
  /** The other fields as JSON: they have any names, and backends have a limited number of columns. */
  readonly fields: string;
  readonly payload: string;
}

/** The names of the columns, for requests that say what is to come back. */
export const columnNames: readonly (keyof RecordColumns)[] = [
  "id",
  "namespace",
  "user",
  "agent",
  "run",
  "created_at",
  "valid_from",
  "valid_to",
  "expires_at",
  "fields",
  "payload",
];

export function toColumns({ id, namespace, scopeKey, fields, payload }: RecordContent): RecordColumns {
  const { $createdAt, $validFrom, $validTo, $expiresAt, ...own } = fields;
  return {
    id,
    namespace,
    user: scopeKey.user,
    agent: scopeKey.agent,
    run: scopeKey.run,
    created_at: $createdAt,
    valid_from: $validFrom,
    valid_to: $validTo,
    expires_at: $expiresAt,
    fields: JSON.stringify(own),
    payload,
  };
}

/**
 * The record of such a row, as it was written: nothing is filled in.
 * @param row with the version that the backend gave it
 * @param own the record's own fields, for backends that store them in another form than `toColumns` gives
 */
export function fromColumns(
  row: RecordColumns & { readonly version: string },
  vector?: ArrayLike<number> | null,
  own: Readonly<Record<string, FieldValue>> = parseOwnFields(row.fields),
): StoredRecord {
  const fields: Fields = {
    ...own,
    $createdAt: row.created_at,
    $validFrom: row.valid_from,
    $validTo: row.valid_to,
    $expiresAt: row.expires_at,
  };
  return {
    id: row.id,
    namespace: row.namespace as NamespaceKey,
    scopeKey: { user: row.user, agent: row.agent, run: row.run },
    fields,
    payload: row.payload,
    version: row.version,
    ...(vector ? { vector: vector instanceof Float32Array ? vector : Float32Array.from(vector) } : {}),
  };
}

/** Most records have no fields of their own. */
function parseOwnFields(fields: string): Readonly<Record<string, FieldValue>> {
  return fields === "{}" ? {} : JSON.parse(fields);
}
