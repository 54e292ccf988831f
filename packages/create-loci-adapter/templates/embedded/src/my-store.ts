import { randomUUID } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import {
  bm25,
  defineStore,
  type Manifest,
  type NamespaceDriver,
  type RecordContent,
  type RecordTest,
  recordKey,
  type ScoredRecord,
  type StoredRecord,
  scanDialect,
  type VectorRecord,
  type VectorStore,
} from "@loci/core/store";
import { underLock } from "./lock-file.ts";

export interface MyStoreOptions {
  readonly directory: string;
  /** The milliseconds that a change waits for others. Default: 10,000. */
  readonly patience?: number;
}

/** Keeps each namespace in a JSON file of its own. A toy: it reads and writes the whole file for every call. */
export function myStore({ directory, patience = 10_000 }: MyStoreOptions): VectorStore {
  const fileOf = (key: string) => join(directory, `${key}.json`);
  return defineStore<RecordTest>({
    name: "my-store",
    // YOURS: what is true of your backend. The suite finds out what is not.
    capabilities: {
      isolation: "physical",
      keyword: true,
      scoreIsolation: "scope",
      erasure: "logical",
      residue: [{ where: "free blocks of the disk", clearedBy: "whatever is written over them" }],
      readYourWrites: true,
    },
    // YOURS: the most records of one write.
    limits: { records: 10_000 },
    // YOURS: how your backend says a condition. This one makes a function over a record, for those who read all of them.
    dialect: scanDialect,
    // YOURS: what an error of your backend means. "unavailable" is what may pass.
    classify(error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return { kind: "missing" };
      if (code === "EEXIST") return { kind: "exists" };
      if (code === "ELOCKED") return { kind: "unavailable" };
      if (code === "ENOSPC") return { kind: "full" };
      // A file that is damaged, or something else in its place.
      return code !== undefined || error instanceof SyntaxError ? { kind: "failed" } : undefined;
    },
    // YOURS: finds a namespace and never makes one. Where there is no file, `readFile` throws ENOENT: it is missing.
    find: async ({ key }) => openFile(fileOf(key), patience),
    // YOURS: makes a namespace with its manifest in one step. Of two who do so at once, the second leaves what the first has made.
    async create({ key, manifest }) {
      mkdirSync(directory, { recursive: true });
      const draft = join(directory, `${key}.${randomUUID()}.draft`);
      writeFileSync(draft, JSON.stringify({ born: randomUUID(), manifest, rows: [] } satisfies Content));
      // The file is there with all of its content, or not at all. A link fails where the file exists.
      try {
        linkSync(draft, fileOf(key));
      } finally {
        rmSync(draft);
      }
    },
    // YOURS: removes a namespace, and what a crash has left of one.
    async drop({ key, signal }) {
      const names = filesOf(directory, key);
      if (names.length === 0) return { dropped: false, residue: [] };
      await underLock(fileOf(key), { signal, patience }, () => {
        for (const name of names) rmSync(join(directory, name), { force: true });
      });
      return { dropped: true, residue: [] };
    },
    // YOURS: what your backend itself lists under the name. Leave it out where it lists nothing.
    leftovers: async ({ key }) => filesOf(directory, key),
  });
}

/** A record as the file has it: `row` orders what was written at the same moment. */
interface Row {
  readonly row: number;
  readonly record: StoredRecord;
  readonly keywords: VectorRecord["keywords"];
  readonly vector?: readonly number[];
}

/** `born` tells the file from another one of its name: a handle on the one does not work on the other. */
interface Content {
  readonly born: string;
  readonly manifest: Manifest;
  readonly rows: readonly Row[];
}

function openFile(file: string, patience: number): NamespaceDriver<RecordTest> {
  const { born, manifest } = readFile(file);
  const read = (): Content => {
    const content = readFile(file);
    if (content.born === born) return content;
    throw Object.assign(new Error(`${basename(file)} was dropped, and made again.`), { code: "ENOENT" });
  };
  /** Replaces the rows by others, while nobody else writes: not this process, and no other. */
  const change = <T>(
    signal: AbortSignal,
    task: (rows: readonly Row[]) => { rows: readonly Row[]; answer: T },
  ): Promise<T> =>
    underLock(file, { signal, patience }, () => {
      // `read` fails where the file is gone: no late write brings a namespace back.
      const { rows, answer } = task(read().rows);
      // Readers see the file from before or the one from after, never a half.
      writeFileSync(`${file}.draft`, JSON.stringify({ born, manifest, rows } satisfies Content));
      renameSync(`${file}.draft`, file);
      return answer;
    });
  const matching = (where: RecordTest) => read().rows.filter(({ record }) => where(record));

  return {
    manifest,
    // YOURS: stores each record whole, where what is stored is what it expects, with a version that it never had.
    write: ({ records, signal }) =>
      change(signal, (rows) => {
        const kept = new Map(rows.map((row) => [keyOf(row.record), row]));
        let last = rows.reduce((highest, { row }) => Math.max(highest, row), 0);
        const answer = records.map(({ keywords, vector, expected, ...content }) => {
          const before = kept.get(keyOf(content));
          const version = expected === "absent" ? undefined : expected?.version;
          if (expected && before?.record.version !== version) return "conflict";
          const record = { ...content, version: randomUUID() };
          const row = before?.row ?? ++last;
          kept.set(keyOf(record), { row, record, keywords, ...(vector ? { vector: [...vector] } : {}) });
          return undefined;
        });
        return { rows: [...kept.values()], answer };
      }),
    // YOURS: the nearest of those that match `where`, with the cosine. Not every record has a vector.
    search: async ({ where, vector, limit }) =>
      best(
        matching(where).flatMap((row) =>
          row.vector ? [{ record: toRecord(row, false), score: dot(row.vector, vector) }] : [],
        ),
        limit,
      ),
    // YOURS: those with any of the terms. Leave it out where your backend has no keyword search, and declare `keyword: false`.
    async searchText({ where, terms, weights, limit }) {
      const rows = matching(where);
      const documents = rows.map(({ keywords }) => keywords);
      const scores = bm25(documents, terms, weights);
      const hits = rows.map((row, at) => ({ record: toRecord(row, false), score: scores[at] ?? 0 }));
      return best(
        hits.filter(({ score }) => score > 0),
        limit,
      );
    },
    // YOURS: newest first, then by a tie of your own. `after` is the last record of the page before.
    list: async ({ where, limit, after, vectors }) =>
      matching(where)
        .sort((a, b) => timeOf(b) - timeOf(a) || b.row - a.row)
        .filter(
          (one) =>
            !after ||
            timeOf(one) < after.createdAt ||
            (timeOf(one) === after.createdAt && one.row < Number(after.tie)),
        )
        .slice(0, limit)
        .map((one) => ({ record: toRecord(one, vectors), tie: one.row })),
    // YOURS: deletes what matches, and says how many went.
    delete: ({ where, signal }) =>
      change(signal, (before) => {
        const rows = before.filter(({ record }) => !where(record));
        return { rows, answer: before.length - rows.length };
      }),
    // YOURS: deletes those that are still at their version.
    deleteVersions: ({ records, signal }) =>
      change(signal, (before) => {
        const doomed = new Map(records.map((record) => [keyOf(record), record.version]));
        const rows = before.filter(({ record }) => doomed.get(keyOf(record)) !== record.version);
        return { rows, answer: before.length - rows.length };
      }),
    // YOURS: how many match.
    count: async ({ where }) => matching(where).length,
  };
}

function readFile(file: string): Content {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** The files of a namespace: its own, and drafts that a process has left which died while it wrote. */
function filesOf(directory: string, key: string): readonly string[] {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  return names.filter((name) => name.startsWith(`${key}.`) && !name.endsWith(".lock"));
}

/** Two users' records may have one id: a record is what its id and its placement say together. */
function keyOf({ id, scopeKey }: Pick<RecordContent, "id" | "scopeKey">): string {
  return recordKey(id, scopeKey);
}

function toRecord({ record, vector }: Row, vectors: boolean): StoredRecord {
  return vectors && vector ? { ...record, vector: Float32Array.from(vector) } : record;
}

function timeOf({ record }: Row): number {
  return record.fields.$createdAt;
}

function dot(a: readonly number[], b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

function best(hits: ScoredRecord[], limit: number): readonly ScoredRecord[] {
  return hits.sort((a, b) => b.score - a.score).slice(0, limit);
}
