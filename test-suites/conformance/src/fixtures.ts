import type { VectorStore } from "@loci/core";
import {
  type Expected,
  type Fields,
  type Manifest,
  type Namespace,
  type NamespaceKey,
  namespaceKey,
  noExpiry,
  type RecordContent,
  type ScopeFilter,
  type ScopeKey,
  type StoredRecord,
  scopeFilter,
  type VectorRecord,
} from "@loci/core/store";
import { playAtOnce } from "./at-once.ts";

/** Everything in a namespace. */
export const everything: ScopeFilter = scopeFilter({}, "within");
const shared: ScopeKey = { user: "", agent: "", run: "" };
const weights = { own: 1, before: 0.5, after: 0.3 };
export const dimensions = 8;

/** One organization's namespace in a bare store. */
export interface Organization {
  readonly orgId: string;
  readonly key: NamespaceKey;
  readonly manifest: Manifest;
  readonly namespace: Namespace;
}

export function manifestOf(orgId: string, generation = 1): Manifest {
  const embedder = { id: "conformance", dimensions };
  return {
    kind: "organization",
    deployment: "conformance",
    orgId,
    generation,
    scheme: 1,
    embedder,
    createdAt: 1,
  };
}

export async function openOrganization(
  store: VectorStore,
  orgId: string,
  generation = 1,
): Promise<Organization> {
  const manifest = manifestOf(orgId, generation);
  const key = namespaceKey(manifest);
  return { orgId, key, manifest, namespace: await store.open({ key, create: manifest }) };
}

/** So many are made at the same time: a server takes long for each. */
const openedAtOnce = 4;

/** Opens several organizations' namespaces, and gives each a record, where one is made for it. */
export async function openOrganizations(
  store: VectorStore,
  orgIds: readonly string[],
  recordFor?: (organization: Organization) => VectorRecord,
): Promise<readonly Organization[]> {
  const opened: Organization[] = [];
  await playAtOnce(orgIds.length, openedAtOnce, async (round) => {
    const organization = await openOrganization(store, orgIds[round - 1] as string);
    opened[round - 1] = organization;
    if (recordFor) await organization.namespace.upsert({ records: [recordFor(organization)] });
    return true;
  });
  return opened;
}

export function placementAt(user: string, agent = "", run = ""): ScopeKey {
  return { user, agent, run };
}

/** What a read at a placement sees, as core would mint it. */
export function visibleFrom(
  { user, agent, run }: ScopeKey,
  levels: "visible" | "own" | "within" = "visible",
): ScopeFilter {
  return scopeFilter(
    {
      ...(user ? { userId: user } : {}),
      ...(agent ? { agentId: agent } : {}),
      ...(run ? { runId: run } : {}),
    },
    levels,
  );
}

let created = 0;

/** A record with a text, made findable by its words and by a vector of its letters. */
export function recordOf(
  key: NamespaceKey,
  text: string,
  changes: {
    id?: string;
    scopeKey?: ScopeKey;
    fields?: Record<string, Fields[string]>;
    vector?: Float32Array;
  } = {},
): VectorRecord {
  created += 1;
  return {
    id: changes.id ?? `id-${text}`,
    namespace: key,
    scopeKey: changes.scopeKey ?? shared,
    fields: {
      ...changes.fields,
      $createdAt: 1000 + (created % 1000),
      $validFrom: 0,
      $validTo: noExpiry,
      $expiresAt: noExpiry,
    },
    keywords: { own: text.split(" ").filter((term) => term !== ""), before: [], after: [] },
    payload: JSON.stringify({ text }),
    vector: changes.vector ?? vectorOf(text),
  };
}

/** Counts letters: near texts have near vectors. It knows no meaning. */
export function vectorOf(text: string): Float32Array {
  const counts = new Float32Array(dimensions).fill(0.01);
  for (const letter of text) {
    const index = letter.charCodeAt(0) % dimensions;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  const length = Math.hypot(...counts);
  return counts.map((count) => count / length);
}

/** Every way to read a namespace, by name. Where the store has no keyword search, that way is not there. */
export function readsOf(
  namespace: Namespace,
  scope: ScopeFilter,
  words: readonly string[],
): Record<string, () => Promise<readonly StoredRecord[]>> {
  const { searchText } = namespace;
  return {
    list: () => listAll(namespace, scope),
    search: async () =>
      (await namespace.search({ scope, vector: vectorOf(words.join(" ")), limit: 1000 })).map(
        ({ record }) => record,
      ),
    ...(searchText
      ? {
          searchText: async () =>
            (await searchText.call(namespace, { scope, terms: words, weights, limit: 1000 })).map(
              ({ record }) => record,
            ),
        }
      : {}),
  };
}

export async function listAll(
  namespace: Namespace,
  scope: ScopeFilter,
  limit = 1000,
): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 10_000; page++) {
    const found = await namespace.list({ scope, limit, ...(cursor === undefined ? {} : { cursor }) });
    records.push(...found.records);
    cursor = found.cursor;
    if (cursor === undefined) return records;
  }
  throw new Error("A listing did not end after 10,000 pages.");
}

/** The words that a text query weighs, for cases that ask by themselves. */
export const queryWeights: typeof weights = weights;

export function textOf(record: RecordContent): string {
  return (JSON.parse(record.payload) as { text: string }).text;
}

export function textsOf(records: readonly RecordContent[]): readonly string[] {
  return records.map(textOf).sort();
}

export function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

/** Whether something was seen that was not to be seen: what is missing may be lost, but what is there as well is another's. */
export function isMore(seen: readonly string[], expected: readonly string[]): boolean {
  return seen.some((one) => !expected.includes(one));
}

/** The same record, to be written only where this is stored. */
export function expecting(expected: Expected, record: VectorRecord): VectorRecord {
  return { ...record, expected };
}

/** The record of an id, which has to be there. */
export async function readOne(
  namespace: Namespace,
  id: string,
  scope: ScopeFilter = everything,
): Promise<StoredRecord> {
  const [record] = await namespace.get({ ids: [id], scope });
  if (!record) throw new Error(`The record ${id} is not there.`);
  return record;
}

export function idsOf(records: readonly RecordContent[]): readonly string[] {
  return records.map(({ id }) => id);
}

/** Whose record is at which version. */
export function versionsOf(records: readonly StoredRecord[]): readonly string[] {
  return records.map(({ scopeKey, version }) => `${nameOf(scopeKey)} at ${version}`).sort();
}

/** Names a placement for a message. */
export function nameOf({ user, agent, run }: ScopeKey): string {
  return JSON.stringify([user, agent, run]);
}
