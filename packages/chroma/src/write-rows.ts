import { type RecordVersion, recordKey, type VectorRecord, type WriteOutcome } from "@loci/core/store";
import type { Collection, Metadata, Where } from "chromadb";
import { newestVersions, nextWritten, type Row, toRow } from "./record-rows.ts";
import {
  followingVersion,
  formatVersion,
  formerRowIds,
  keyOfRow,
  parseVersion,
  type RowVersion,
  rowIdOf,
} from "./row-version.ts";

/**
 * Conditional writes on a backend that has only "insert if absent". Chroma's `add` keeps what lies under an id, whole, and whoever
 * reads after their own `add` reads what stays. So:
 * 1. A write adds its version under the id that every successor of the expected version has. Who reads another's token there has
 *    lost.
 * 2. It looks whether the expected version is still there, in the same read. Where only its own row is, what it expected was gone
 *    before: it takes its row back. Where neither is there, it has won if a later version names it.
 * 3. It deletes the version before, and what a process that died may have left before that.
 *
 * - Exactly one of several succeeds, since they add one id.
 * - A reader sees the newest of the rows that it finds of a record: never two, and never none, since the new one is there first.
 * - A deletion is a version too, which nobody sees and which goes with what it has deleted: of a write and a deletion one wins.
 * - A process that dies leaves an older row beside the newer, which readers pass over and the next write or deletion removes; or the
 *   row of a deletion, which the next writer completes.
 * - What does not hold: a reader whose filter only the older of two rows matches sees that one. And a write that arrives after its expected version was replaced *and* its successor too, or deleted, is seen
 *   until it takes itself back.
 */
export async function writeRows(
  collection: Collection,
  records: readonly VectorRecord[],
  dimensions: number,
): Promise<readonly WriteOutcome[]> {
  const outcomes = new Map<VectorRecord, WriteOutcome>();
  let left = records;
  for (let round = 0; left.length > 0 && round < maxRounds; round++) {
    const current = await findCurrent(
      collection,
      left.filter(({ expected }) => expected === undefined),
    );
    const expectedOf = ({ id, scopeKey, expected }: VectorRecord) =>
      expected ?? current.get(recordKey(id, scopeKey)) ?? "absent";
    const tokens = await Promise.all(left.map((record) => tokenOf(record, expectedOf(record))));
    const attempts = left.map((record, index): Attempt<VectorRecord> => {
      const key = recordKey(record.id, record.scopeKey);
      const expected = expectedOf(record);
      const before = expected === "absent" ? undefined : parseVersion(expected.version);
      const version = followingVersion(before, tokens[index] ?? "", nextWritten());
      return { subject: record, key, version, before, row: toRow(record, key, version, dimensions) };
    });
    const won = await decide(collection, attempts);
    for (const { subject: record } of attempts)
      if (record.expected !== undefined || won.has(record))
        outcomes.set(record, won.has(record) ? undefined : "conflict");
    // One that expects nothing is written over what is there now.
    left = left.filter((record) => !outcomes.has(record));
  }
  return records.map((record) => (outcomes.has(record) ? outcomes.get(record) : "conflict"));
}

/** How often an unconditional write is tried while others write the same record. */
const maxRounds = 20;

/** Deletes those of some records that are still at their version. Returns how many went. */
export async function deleteRowVersions(
  collection: Collection,
  records: readonly RecordVersion[],
  dimensions: number,
): Promise<number> {
  const attempts = records.map((record): Attempt<RecordVersion> => {
    const key = recordKey(record.id, record.scopeKey);
    const before = parseVersion(record.version);
    const version = followingVersion(before, crypto.randomUUID(), nextWritten());
    return { subject: record, key, version, before, row: deletionRow(key, version, dimensions) };
  });
  const won = await decide(collection, attempts);
  const gone = attempts.filter(({ subject }) => won.has(subject)).map(({ row }) => row.id);
  if (gone.length > 0) await collection.delete({ ids: gone });
  return gone.length;
}

/** A write, or a deletion, with the row that it is decided by. */
interface Attempt<R> {
  readonly subject: R;
  readonly key: string;
  readonly version: RowVersion;
  /** What it expects; undefined where nothing. */
  readonly before: RowVersion | undefined;
  readonly row: Row;
}

/** Adds rows, and finds out which of them have won. Removes what these replace, and takes back what came too late. */
async function decide<R>(collection: Collection, attempts: readonly Attempt<R>[]): Promise<ReadonlySet<R>> {
  await collection.add({
    ids: attempts.map(({ row }) => row.id),
    embeddings: attempts.map(({ row }) => row.embedding),
    metadatas: attempts.map(({ row }) => row.metadata),
  });
  const ids = attempts.flatMap(({ key, before, row }) => (before ? [row.id, rowIdOf(key, before)] : []));
  const found = new Map([
    ...(ids.length > 0 ? await read(collection, { ids }) : []),
    // A record that was not to be there may be there under the id of a later version.
    ...(await readKeys(
      collection,
      attempts.filter(({ before }) => !before).map(({ key }) => key),
    )),
  ]);
  // Where neither its own row is there nor the one before it, others have built on it, or on the one that it has lost to.
  const isOver = ({ key, before, row }: Attempt<R>) =>
    !found.has(row.id) && !(before && found.has(rowIdOf(key, before)));
  const later = await readKeys(
    collection,
    attempts.filter(isOver).map(({ key }) => key),
  );
  const won = new Set<R>();
  const doomed: string[] = [];
  for (const attempt of attempts) {
    const { subject, key, version, before, row } = attempt;
    const rowsOf = (rows: ReadonlyMap<string, Metadata>) => [...rows].filter(([id]) => keyOfRow(id) === key);
    const own = found.get(row.id);
    const isOwn = own !== undefined && parseVersion(own.version).token === version.token;
    // In another life of the record, the same content has the same token.
    const isBased = before
      ? found.get(rowIdOf(key, before))?.version === formatVersion(before)
      : rowsOf(found).every(([id]) => id === row.id);
    if (isOwn && !isBased) doomed.push(row.id);
    else if (isOwn || (isOver(attempt) && rowsOf(later).some(([, metadata]) => follows(metadata, version)))) {
      won.add(subject);
      doomed.push(...formerRowIds(key, version));
    } else if (own?.deletion === true && before && isBased) {
      // A process that died has not completed its deletion.
      doomed.push(rowIdOf(key, before), row.id);
    }
  }
  if (doomed.length > 0) await collection.delete({ ids: doomed });
  return won;
}

function follows(metadata: Metadata, { token }: RowVersion): boolean {
  return parseVersion(metadata.version).former.includes(token);
}

/** All rows of some records, by their ids. */
async function readKeys(
  collection: Collection,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Metadata>> {
  return keys.length > 0 ? read(collection, { where: { key: { $in: [...keys] } } }) : new Map();
}

async function read(
  collection: Collection,
  which: { readonly ids: string[] } | { readonly where: Where },
): Promise<ReadonlyMap<string, Metadata>> {
  const { ids, metadatas } = await collection.get({ ...which, include: ["metadatas"] });
  return new Map(ids.map((id, index) => [id, metadatas[index] ?? {}]));
}

/** The versions of records that are to be written over, whatever they are. */
async function findCurrent(
  collection: Collection,
  records: readonly VectorRecord[],
): Promise<ReadonlyMap<string, { readonly version: string }>> {
  const rows = await readKeys(
    collection,
    records.map(({ id, scopeKey }) => recordKey(id, scopeKey)),
  );
  const newest = newestVersions([...rows.values()].map((metadata) => ({ metadata })));
  return new Map(newest.map(({ metadata }) => [String(metadata.key), { version: String(metadata.version) }]));
}

function deletionRow(key: string, version: RowVersion, dimensions: number): Row {
  const embedding = Array.from({ length: dimensions }, (_, at) => (at === 0 ? 1 : 0));
  const metadata = { key, namespace: "", deletion: true, has_vector: false, version: formatVersion(version) };
  return { id: rowIdOf(key, version), embedding, metadata };
}

const encoder = new TextEncoder();

/** Names a write by its content, and by what it expects. */
async function tokenOf(record: VectorRecord, expected: VectorRecord["expected"]): Promise<string> {
  const { vector, ...content } = record;
  const text = JSON.stringify([content, expected, vector ? [...vector] : null]);
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
  return Array.from(bytes.slice(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
