import { UnsupportedError } from "../errors/unsupported-error.ts";
import type { Comparison, FieldScalar, Fields, FieldValue, Filter } from "../filter/filter.ts";
import { keyPathsField } from "../filter/key-paths.ts";
import type { Cipher } from "../keys/cipher.ts";
import type { ScopeKey } from "../scope/scope-filter.ts";
import type { NamespaceKey } from "../store/namespace-key.ts";
import type { Namespace, StoredRecord, VectorRecord } from "../store/vector-store.ts";
import type { KeywordFields } from "../text/keyword-fields.ts";

/** A namespace whose searches find records that are still to be decrypted: most of what they bring is not looked at. */
export interface DecryptingNamespace extends Namespace {
  /** A record that a search found, decrypted. @throws KeyError */
  decrypt(record: StoredRecord): Promise<StoredRecord>;
  /** As `get`, without their contents. */
  readonly getEncrypted: Namespace["get"];
}

/**
 * A namespace whose texts, metadata and history only its key can read. The payload is encrypted for its record and
 * nothing else; words, metadata and keys are blinded, so that the same is found by the same: keywords and equality work, ranges
 * over metadata do not. Ids, scopes, moments, vectors and how often which blinded word occurs stay as they are.
 */
export function encryptedNamespace(inner: Namespace, key: NamespaceKey, cipher: Cipher): DecryptingNamespace {
  const encrypt = async (record: VectorRecord, blind: BlindWord): Promise<VectorRecord> => ({
    ...record,
    fields: blindFields(cipher, record.fields),
    keywords: blindKeywords(record.keywords, blind),
    payload: await cipher.encrypt(record.payload, boundTo(key, record.id, record.scopeKey)),
  });
  const decrypted = new WeakSet<StoredRecord>();
  const decrypt = async (record: StoredRecord): Promise<StoredRecord> => {
    // What does not belong here is not decrypted, and is withheld by whoever looks at the stamp.
    if (record.namespace !== key || decrypted.has(record)) return record;
    const payload = await cipher.decrypt(record.payload, boundTo(key, record.id, record.scopeKey));
    const open = { ...record, payload };
    decrypted.add(open);
    return open;
  };
  const narrowed = <Q extends { readonly filter?: Filter }>(query: Q): Q =>
    query.filter ? { ...query, filter: blindFilter(cipher, query.filter) } : query;
  const { searchText, residue } = inner;
  return {
    manifest: inner.manifest,
    ...(inner.ordersWrites ? { ordersWrites: true } : {}),
    async upsert({ records, ...rest }) {
      const blind = rememberWords(cipher);
      const encrypted = await Promise.all(records.map((record) => encrypt(record, blind)));
      const conflicts = new Set(await inner.upsert({ records: encrypted, ...rest }));
      return records.filter((_, index) => conflicts.has(encrypted[index] as VectorRecord));
    },
    decrypt,
    getEncrypted: (query) => inner.get(query),
    search: (query) => inner.search(narrowed(query)),
    ...(searchText
      ? {
          searchText: (query) => {
            const terms = query.terms.map((term) => cipher.blind("word", term));
            return searchText.call(inner, { ...narrowed(query), terms });
          },
        }
      : {}),
    async get(query) {
      return Promise.all((await inner.get(query)).map(decrypt));
    },
    async list(query) {
      const { records, ...rest } = await inner.list(narrowed(query));
      return { records: await Promise.all(records.map(decrypt)), ...rest };
    },
    delete: (request) => inner.delete(request.ids || request.versions ? request : narrowed(request)),
    count: (query) => inner.count(narrowed(query)),
    ...(residue ? { residue: (request) => residue.call(inner, request) } : {}),
  };
}

/** What a payload is bound to: nobody can show it as another's memory. */
function boundTo(key: NamespaceKey, id: string, { user, agent, run }: ScopeKey): string {
  return JSON.stringify([key, id, user, agent, run]);
}

type BlindWord = (term: string) => string;

/** Words repeat, within a text and among texts that are written together. */
function rememberWords(cipher: Cipher): BlindWord {
  const known = new Map<string, string>();
  return (term) => {
    const blinded = known.get(term) ?? cipher.blind("word", term);
    known.set(term, blinded);
    return blinded;
  };
}

function blindKeywords({ own, before, after }: KeywordFields, blind: BlindWord): KeywordFields {
  return { own: own.map(blind), before: before.map(blind), after: after.map(blind) };
}

/** Core's own fields, which begin with `$`, are left as they are: moments and marks, all but the paths of a key. */
function isReadable(field: string): boolean {
  return field.startsWith("$") && field !== keyPathsField;
}

function blindFields(cipher: Cipher, fields: Fields): Fields {
  const { $createdAt, $validFrom, $validTo, $expiresAt, ...rest } = fields;
  const own = Object.entries(rest).map(([field, value]): [string, FieldValue] =>
    isReadable(field)
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
  return isReadable(filter.field) ? filter : blindComparison(cipher, filter);
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
