import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  defineStore,
  type Manifest,
  type NamespaceDriver,
  type RecordTest,
  recordKey,
  type StoredRecord,
  scanDialect,
  type VectorStore,
} from "@loci/core/store";

/** A record as the file has it: `row` orders what was written at the same moment. */
type Row = { readonly row: number; readonly record: StoredRecord; readonly vector?: readonly number[] };
type Content = { readonly manifest: Manifest; readonly rows: readonly Row[] };

/** Keeps each namespace in a JSON file of its own. A toy: it reads and writes the whole file for every call. */
export function jsonFiles(directory: string): VectorStore {
  const fileOf = (key: string) => join(directory, `${key}.json`);
  return defineStore<RecordTest>({
    name: "json-file",
    capabilities: {
      isolation: "physical",
      keyword: false,
      scoreIsolation: "scope",
      erasure: "logical",
      readYourWrites: true,
    },
    limits: { records: 10_000 },
    // Predicates are functions over a record. A backend with a query language has a dialect of its own.
    dialect: scanDialect,
    classify(error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return { kind: "missing" };
      if (code === "EEXIST") return { kind: "exists" };
      if (code === "ENOSPC") return { kind: "full" };
      return undefined;
    },
    // Where there is no file, `read` throws ENOENT, and the kit knows what that means.
    find: async ({ key }) => openFile(fileOf(key)),
    async create({ key, manifest }) {
      mkdirSync(directory, { recursive: true });
      // `wx` fails where the file exists: of two creators at once, one wins, and both find the winner's manifest.
      writeFileSync(fileOf(key), JSON.stringify({ manifest, rows: [] } satisfies Content), { flag: "wx" });
    },
    async drop({ key }) {
      rmSync(fileOf(key));
      return { dropped: true, residue: [] };
    },
  });
}

function openFile(file: string): NamespaceDriver<RecordTest> {
  const read = (): Content => JSON.parse(readFileSync(file, "utf8"));
  // `read` has failed where the file is gone, and nothing comes between: no late write brings a namespace back.
  const write = (content: Content) => writeFileSync(file, JSON.stringify(content));
  const matching = (where: RecordTest) => read().rows.filter(({ record }) => where(record));
  const toRecord = ({ record, vector }: Row, vectors: boolean): StoredRecord =>
    vectors && vector ? { ...record, vector: Float32Array.from(vector) } : record;

  return {
    manifest: read().manifest,
    async write({ records }) {
      const { manifest, rows } = read();
      const kept = new Map(rows.map((row) => [keyOf(row.record), row]));
      let last = rows.reduce((highest, { row }) => Math.max(highest, row), 0);
      for (const { keywords: _, vector, ...record } of records) {
        const row = kept.get(keyOf(record))?.row ?? ++last;
        kept.set(keyOf(record), { row, record, ...(vector ? { vector: [...vector] } : {}) });
      }
      write({ manifest, rows: [...kept.values()] });
      return [];
    },
    async search({ where, vector, limit }) {
      return matching(where)
        .flatMap((row) =>
          row.vector ? [{ record: toRecord(row, false), score: dot(row.vector, vector) }] : [],
        )
        .sort((a, b) => b.score - a.score)
        .slice(0, limit);
    },
    async list({ where, limit, after, vectors }) {
      const timeOf = ({ record }: Row) => record.fields.$createdAt;
      return matching(where)
        .sort((a, b) => timeOf(b) - timeOf(a) || b.row - a.row)
        .filter(
          (one) =>
            !after ||
            timeOf(one) < after.createdAt ||
            (timeOf(one) === after.createdAt && one.row < Number(after.tie)),
        )
        .slice(0, limit)
        .map((one) => ({ record: toRecord(one, vectors), tie: one.row }));
    },
    async delete({ where }) {
      const { manifest, rows } = read();
      const rest = rows.filter(({ record }) => !where(record));
      if (rest.length < rows.length) write({ manifest, rows: rest });
      return rows.length - rest.length;
    },
    async count({ where }) {
      return matching(where).length;
    },
  };
}

/** Two users' records may have one id: a record is what its id and its placement say together. */
function keyOf({ id, scopeKey }: StoredRecord): string {
  return recordKey(id, scopeKey);
}

function dot(a: readonly number[], b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
