import { StoreError, type VectorStore } from "@loci/core";
import {
  type Manifest,
  type NamespaceKey,
  NamespaceNotFoundError,
  type StoredRecord,
  scopeFilter,
} from "@loci/core/store";
import { canariesIn, canariesOfVector, canaryWord } from "./canary.ts";

const everything = scopeFilter({}, "within");

/** A namespace as it lies in its store, past the memory. */
export interface RawNamespace {
  readonly cell: string;
  readonly key: string;
  readonly manifest: Manifest;
  readonly records: readonly RawRecord[];
}

interface RawRecord extends StoredRecord {
  /** The texts that it shows, and where. */
  readonly shows: readonly { readonly canary: number; readonly where: Place }[];
}

type Place = "payload" | "vector" | "keywords" | "own keywords" | "keywords of before" | "keywords of after";

/**
 * Looks at every namespace that was ever made, in every way that the store has.
 * @param fields in which fields it looks for keywords: a field without weight may still find something on a real store
 */
export async function lookAtStores(
  stores: Readonly<Record<string, VectorStore>>,
  created: ReadonlyMap<string, string>,
  canaries: readonly number[],
  fields: KeywordFields = allFields,
): Promise<readonly RawNamespace[]> {
  const found: RawNamespace[] = [];
  for (const [key, cell] of created) {
    const store = stores[cell];
    const namespace = store && (await lookAt(store, cell, key as NamespaceKey, canaries, fields));
    if (namespace) found.push(namespace);
  }
  return found;
}

/** Some ten seconds. */
const maxAttempts = 15;

async function lookAt(
  store: VectorStore,
  cell: string,
  key: NamespaceKey,
  canaries: readonly number[],
  fields: KeywordFields,
  attempt = 1,
): Promise<RawNamespace | undefined> {
  try {
    const namespace = await store.open({ key });
    const records: StoredRecord[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await namespace.list({
        scope: everything,
        limit: 500,
        vectors: true,
        ...(cursor ? { cursor } : {}),
      });
      records.push(...page.records);
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    const keywords = new Map<StoredRecord["id"], RawRecord["shows"][number][]>();
    const hasTexts = namespace.manifest.kind !== "directory" && namespace.manifest.key === undefined;
    for (const canary of hasTexts && records.length > 0 ? canaries : []) {
      for (const [where, weights] of fields) {
        const hits = await namespace.searchText?.({
          scope: everything,
          terms: [canaryWord(canary)],
          weights,
          limit: 100,
        });
        for (const { record } of hits ?? [])
          keywords.set(nameOf(record), [...(keywords.get(nameOf(record)) ?? []), { canary, where }]);
      }
    }
    return {
      cell,
      key,
      manifest: namespace.manifest,
      records: records.map((record) => ({
        ...record,
        shows: [
          ...canariesIn(record.payload).map((canary) => ({ canary, where: "payload" as const })),
          ...(record.vector ? canariesOfVector(record.vector) : []).map((canary) => ({
            canary,
            where: "vector" as const,
          })),
          ...(keywords.get(nameOf(record)) ?? []),
        ],
      })),
    };
  } catch (error) {
    if (NamespaceNotFoundError.isInstance(error)) return undefined;
    // A process that was killed may have left a namespace that its server still starts.
    if (!StoreError.isInstance(error) || !error.retryable || attempt === maxAttempts) throw error;
    await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
    return lookAt(store, cell, key, canaries, fields, attempt + 1);
  }
}

function nameOf({ id, scopeKey }: Pick<StoredRecord, "id" | "scopeKey">): string {
  return `${id} ${scopeKey.user}`;
}

type KeywordFields = readonly (readonly [Place, { own: number; before: number; after: number }])[];
const allFields: KeywordFields = [["keywords", { own: 1, before: 1, after: 1 }]];
/** For stores of which each field can be asked alone. */
export const singleFields: KeywordFields = [
  ["own keywords", { own: 1, before: 0, after: 0 }],
  ["keywords of before", { own: 0, before: 1, after: 0 }],
  ["keywords of after", { own: 0, before: 0, after: 1 }],
];
