import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  assertNamespaceKey,
  assertScopeFilter,
  inScope,
  type Manifest,
  matchesFilter,
  type Namespace,
  type NamespaceKey,
  NamespaceNotFoundError,
  type Query,
  type StoredRecord,
  type VectorStore,
} from "@loci/core/store";

/** A record as the file has it: `row` orders what was written at the same moment. */
type Row = { readonly row: number; readonly record: StoredRecord; readonly vector?: readonly number[] };
type Content = { readonly manifest: Manifest; readonly rows: readonly Row[] };

/** Keeps each namespace in a JSON file of its own. A toy: it reads and writes the whole file for every call. */
export function jsonFiles(directory: string): VectorStore {
  const fileOf = (key: NamespaceKey) => {
    assertNamespaceKey(key);
    return join(directory, `${key}.json`);
  };
  return {
    specVersion: 1,
    name: "json-file",
    capabilities: {
      isolation: "physical",
      keyword: false,
      scoreIsolation: "scope",
      erasure: "logical",
      readYourWrites: true,
    },
    async open({ key, create, signal }) {
      signal?.throwIfAborted();
      const file = fileOf(key);
      if (create) {
        mkdirSync(directory, { recursive: true });
        try {
          // `wx` fails where the file exists: of two creators at once, one wins, and both read the winner's manifest.
          writeFileSync(file, JSON.stringify({ manifest: create, rows: [] } satisfies Content), {
            flag: "wx",
          });
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        }
      }
      return openFile(key, file);
    },
    async drop({ key, signal }) {
      signal?.throwIfAborted();
      try {
        rmSync(fileOf(key));
        return { dropped: true, residue: [] };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        return { dropped: false, residue: [] };
      }
    },
    async close() {},
  };
}

function openFile(key: NamespaceKey, file: string): Namespace {
  const read = (): Content => {
    try {
      return JSON.parse(readFileSync(file, "utf8"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      throw new NamespaceNotFoundError(`There is no namespace at ${file}.`, { namespace: key });
    }
  };
  // `read` has failed where the file is gone, and nothing comes between: no late write brings a namespace back.
  const write = (content: Content) => writeFileSync(file, JSON.stringify(content));
  /** The rows that exist for a query: the reach is at the root, and the filter can only narrow. */
  const matching = ({ scope, filter, signal }: Query) => {
    signal?.throwIfAborted();
    assertScopeFilter(scope);
    return read().rows.filter(
      ({ record }) => inScope(scope, record.scopeKey) && (!filter || matchesFilter(record.fields, filter)),
    );
  };
  const toRecord = ({ record, vector }: Row, vectors = false): StoredRecord =>
    vectors && vector ? { ...record, vector: Float32Array.from(vector) } : record;

  return {
    manifest: read().manifest,
    async upsert({ records, signal }) {
      signal?.throwIfAborted();
      const { manifest, rows } = read();
      const kept = new Map(rows.map((row) => [identityOf(row.record), row]));
      let last = rows.reduce((highest, { row }) => Math.max(highest, row), 0);
      for (const { keywords: _, vector, ...record } of records) {
        const row = kept.get(identityOf(record))?.row ?? ++last;
        kept.set(identityOf(record), { row, record, ...(vector ? { vector: [...vector] } : {}) });
      }
      write({ manifest, rows: [...kept.values()] });
    },
    async search({ vector, limit, ...query }) {
      return matching(query)
        .flatMap((row) => (row.vector ? [{ record: toRecord(row), score: dot(row.vector, vector) }] : []))
        .sort((a, b) => b.score - a.score)
        .slice(0, limit);
    },
    async get({ ids, vectors, ...query }) {
      return matching(query)
        .filter(({ record }) => ids.includes(record.id))
        .map((row) => toRecord(row, vectors));
    },
    async list({ limit, cursor, vectors, ...query }) {
      const [created, row]: [number, number] = cursor ? JSON.parse(cursor) : [Infinity, 0];
      const timeOf = ({ record }: Row) => record.fields.$createdAt;
      const following = matching(query)
        .sort((a, b) => timeOf(b) - timeOf(a) || b.row - a.row)
        .filter((one) => timeOf(one) < created || (timeOf(one) === created && one.row < row));
      const page = following.slice(0, limit);
      const last = page.at(-1);
      return {
        records: page.map((one) => toRecord(one, vectors)),
        ...(last && following.length > limit ? { cursor: JSON.stringify([timeOf(last), last.row]) } : {}),
      };
    },
    async delete({ ids, ...query }) {
      const doomed = matching(query)
        .filter(({ record }) => !ids || ids.includes(record.id))
        .map(({ row }) => row);
      const { manifest, rows } = read();
      if (doomed.length > 0) write({ manifest, rows: rows.filter(({ row }) => !doomed.includes(row)) });
      return doomed.length;
    },
    async count(query) {
      return matching(query).length;
    },
  };
}

/** Two users' records may have one id: a record is what its id and its placement say together. */
function identityOf({ id, scopeKey }: StoredRecord): string {
  return JSON.stringify([id, scopeKey.user, scopeKey.agent, scopeKey.run]);
}

function dot(a: readonly number[], b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
