import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  defineStore,
  type Manifest,
  type NamespaceDriver,
  type NamespaceKey,
  NamespaceNotFoundError,
  type RecordContent,
  type RecordTest,
  recordKey,
  type StoredRecord,
  scanDialect,
  type VectorStore,
} from "@loci/core/store";
import { underLock } from "./lock-file.ts";

/** A record as the file has it: `row` orders what was written at the same moment. */
type Row = { readonly row: number; readonly record: StoredRecord; readonly vector?: readonly number[] };
/** `made` tells a file from the next one under its name. */
type Content = { readonly made: string; readonly manifest: Manifest; readonly rows: readonly Row[] };

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
    find: async ({ key }) => openFile(key, fileOf(key)),
    async create({ key, manifest }) {
      mkdirSync(directory, { recursive: true });
      const draft = join(directory, `${randomUUID()}.draft`);
      writeFileSync(draft, JSON.stringify({ made: randomUUID(), manifest, rows: [] } satisfies Content));
      // The file is there with all of its content, or not at all. A link fails where it exists: of two creators one wins.
      try {
        linkSync(draft, fileOf(key));
      } finally {
        rmSync(draft);
      }
    },
    async drop({ key, signal }) {
      await underLock(fileOf(key), signal, () => {
        rmSync(fileOf(key));
        // What a process has left that died while it wrote.
        rmSync(`${fileOf(key)}.draft`, { force: true });
      });
      return { dropped: true, residue: [] };
    },
  });
}

function openFile(key: NamespaceKey, file: string): NamespaceDriver<RecordTest> {
  const parse = (): Content => JSON.parse(readFileSync(file, "utf8"));
  const { made, manifest } = parse();
  /** A handle ends with its file: it is none on another that was made under the same name. */
  const read = (): Content => {
    const content = parse();
    if (content.made === made) return content;
    throw new NamespaceNotFoundError(`${file} was dropped, and made again.`, { namespace: key });
  };
  /** Replaces the rows by others, while nobody else writes: not this process, and no other. */
  const change = <T>(
    signal: AbortSignal,
    task: (rows: readonly Row[]) => { rows: readonly Row[]; answer: T },
  ) =>
    underLock(file, signal, () => {
      // `read` fails where the file is gone: no late write brings a namespace back.
      const { rows: before } = read();
      const { rows, answer } = task(before);
      // Readers see the file from before or the one from after, never a half.
      writeFileSync(`${file}.draft`, JSON.stringify({ made, manifest, rows } satisfies Content));
      renameSync(`${file}.draft`, file);
      return answer;
    });
  const matching = (where: RecordTest) => read().rows.filter(({ record }) => where(record));
  const toRecord = ({ record, vector }: Row, vectors: boolean): StoredRecord =>
    vectors && vector ? { ...record, vector: Float32Array.from(vector) } : record;

  return {
    manifest,
    write: ({ records, signal }) =>
      change(signal, (rows) => {
        const kept = new Map(rows.map((row) => [keyOf(row.record), row]));
        let last = rows.reduce((highest, { row }) => Math.max(highest, row), 0);
        const answer = records.map(({ keywords: _, vector, expected, ...content }) => {
          const before = kept.get(keyOf(content));
          const version = expected === "absent" ? undefined : expected?.version;
          if (expected && before?.record.version !== version) return "conflict";
          const record = { ...content, version: randomUUID() };
          kept.set(keyOf(record), {
            row: before?.row ?? ++last,
            record,
            ...(vector ? { vector: [...vector] } : {}),
          });
          return undefined;
        });
        return { rows: [...kept.values()], answer };
      }),
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
    delete: ({ where, signal }) =>
      change(signal, (before) => {
        const rows = before.filter(({ record }) => !where(record));
        return { rows, answer: before.length - rows.length };
      }),
    deleteVersions: ({ records, signal }) =>
      change(signal, (before) => {
        const doomed = new Map(records.map((record) => [keyOf(record), record.version]));
        const rows = before.filter(({ record }) => doomed.get(keyOf(record)) !== record.version);
        return { rows, answer: before.length - rows.length };
      }),
    async count({ where }) {
      return matching(where).length;
    },
  };
}

/** Two users' records may have one id: a record is what its id and its placement say together. */
function keyOf({ id, scopeKey }: Pick<RecordContent, "id" | "scopeKey">): string {
  return recordKey(id, scopeKey);
}

function dot(a: readonly number[], b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
