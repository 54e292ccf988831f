import { filterTokens } from "./filter-tokens.ts";
import { type RecordColumns, toColumns } from "./record-columns.ts";
import { recordKey } from "./record-key.ts";
import type { RecordContent } from "./vector-store.ts";

/** A record as a flat row, with all that a backend needs which compares metadata by tokens. */
export interface TokenRow extends RecordColumns {
  /** One identifier of id and scope key: nobody's record can be taken over. */
  readonly key: string;
  /** Those of `filterTokens`: one for each field, and one for each value of it. */
  readonly tokens: readonly string[];
  /** The value of each field that is one number, under the token of the field. */
  readonly numbers: readonly (readonly [token: string, value: number])[];
}

/** Makes the row of a record. `fromColumns` reads it. */
export function toTokenRow(record: RecordContent): TokenRow {
  return {
    ...toColumns(record),
    key: recordKey(record.id, record.scopeKey),
    ...filterTokens(record.fields),
  };
}
