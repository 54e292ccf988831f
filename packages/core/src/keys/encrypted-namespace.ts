import { UnsupportedError } from "../errors/unsupported-error.ts";
import type { Comparison, FieldScalar, Fields, FieldValue, Filter } from "../filter/filter.ts";
import type { NamespaceKey } from "../namespace/namespace-key.ts";
import type { Placement } from "../scope/reach.ts";
import type {
  KeywordFields,
  Namespace,
  ScoredRecord,
  StoredRecord,
  VectorRecord,
} from "../store/vector-store.ts";
import type { Cipher } from "./cipher.ts";

/**
 * A namespace whose texts, metadata and history only its key can read. The payload is encrypted for its record and
 * nothing else; words and metadata are blinded, so that the same is found by the same: keywords and equality work, ranges
 * over metadata do not. Ids, scopes, moments, vectors and how often which blinded word occurs stay as they are.
 */
export function encryptedNamespace(inner: Namespace, key: NamespaceKey, cipher: Cipher): Namespace {
  const encrypt = async (record: VectorRecord): Promise<VectorRecord> => ({
    ...record,
    fields: blindFields(cipher, record.fields),
    keywords: blindKeywords(cipher, record.keywords),
    payload: await cipher.encrypt(record.payload, placeOf(key, record.id, record.placement)),
  });
  const decrypt = async (record: StoredRecord): Promise<StoredRecord> => {
    // What does not belong here is not decrypted, and is withheld by whoever looks at the stamp.
    if (record.namespace !== key) return record;
    return {
      ...record,
      payload: await cipher.decrypt(record.payload, placeOf(key, record.id, record.placement)),
    };
  };
  const decryptScored = async ({ record, score }: ScoredRecord) => ({ record: await decrypt(record), score });
  const narrowed = <Q extends { readonly filter?: Filter }>(query: Q): Q =>
    query.filter ? { ...query, filter: blindFilter(cipher, query.filter) } : query;
  const { searchText } = inner;
  return {
    manifest: inner.manifest,
    async upsert(records, options) {
      await inner.upsert(await Promise.all(records.map(encrypt)), options);
    },
    async search(query) {
      return Promise.all((await inner.search(narrowed(query))).map(decryptScored));
    },
    ...(searchText
      ? {
          async searchText(query) {
            const terms = query.terms.map((term) => cipher.blind("word", term));
            return Promise.all(
              (await searchText.call(inner, { ...narrowed(query), terms })).map(decryptScored),
            );
          },
        }
      : {}),
    async get(ids, within, options) {
      return Promise.all((await inner.get(ids, within, options)).map(decrypt));
    },
    async list(query) {
      const { records, ...rest } = await inner.list(narrowed(query));
      return { records: await Promise.all(records.map(decrypt)), ...rest };
    },
    delete: (target, within, options) =>
      inner.delete("ids" in target ? target : narrowed(target), within, options),
    count: (within, filter, options) => inner.count(within, filter && blindFilter(cipher, filter), options),
  };
}

/** What a payload is bound to: nobody can show it as another's memory. */
function placeOf(key: NamespaceKey, id: string, { user, agent, run }: Placement): string {
  return JSON.stringify([key, id, user, agent, run]);
}

function blindKeywords(cipher: Cipher, { own, before, after }: KeywordFields): KeywordFields {
  const known = new Map<string, string>();
  const blind = (terms: readonly string[]) =>
    terms.map((term) => {
      const blinded = known.get(term) ?? cipher.blind("word", term);
      known.set(term, blinded);
      return blinded;
    });
  return { own: blind(own), before: blind(before), after: blind(after) };
}

/** Core's own fields, which begin with `$`, are moments and marks: they are left as they are. */
function blindFields(cipher: Cipher, fields: Fields): Fields {
  const { $createdAt, $validFrom, $validTo, $expiresAt, ...rest } = fields;
  const own = Object.entries(rest).map(([field, value]): [string, FieldValue] =>
    field.startsWith("$")
      ? [field, value]
      : [
          cipher.blind("field", field),
          Array.isArray(value)
            ? value.map((item: FieldScalar) => blindValue(cipher, field, item))
            : blindValue(cipher, field, value as FieldScalar),
        ],
  );
  return { ...Object.fromEntries(own), $createdAt, $validFrom, $validTo, $expiresAt };
}

/** Values of two fields, or of two types, have nothing in common. */
function blindValue(cipher: Cipher, field: string, value: FieldScalar): string {
  return cipher.blind("value", JSON.stringify([field, value]));
}

function blindFilter(cipher: Cipher, filter: Filter): Filter {
  if (filter.type === "and" || filter.type === "or")
    return { ...filter, filters: filter.filters.map((one) => blindFilter(cipher, one)) };
  return filter.field.startsWith("$") ? filter : blindComparison(cipher, filter);
}

function blindComparison(cipher: Cipher, comparison: Comparison): Comparison {
  const field = cipher.blind("field", comparison.field);
  if (comparison.type === "exists") return { ...comparison, field };
  if (comparison.type === "in") {
    const values = comparison.values.map((value) => blindValue(cipher, comparison.field, value));
    return { ...comparison, field, values };
  }
  throw new UnsupportedError(
    `Metadata of this organization is encrypted, so that ${JSON.stringify(comparison.field)} cannot be compared by greater or less: only whether it is equal, or there. Filter by equality, or compare what comes back.`,
  );
}
