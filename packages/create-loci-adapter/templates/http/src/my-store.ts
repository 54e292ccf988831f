import {
  columnNames,
  defineStore,
  fromColumns,
  type Manifest,
  type NamespaceDriver,
  type RecordColumns,
  type StoredRecord,
  toTokenRow,
  type VectorStore,
} from "@loci/core/store";
import { dialect, type Where } from "./dialect.ts";
import { ask, ServerError, type ServerOptions } from "./server.ts";

/** Keeps each namespace under an address of its own, of a server that speaks HTTP and JSON. */
export function myStore(server: ServerOptions): VectorStore {
  return defineStore<Where>({
    name: "my-store",
    // YOURS: what is true of your backend. The suite finds out what is not.
    capabilities: {
      isolation: "physical",
      keyword: true,
      scoreIsolation: "scope",
      erasure: "physical",
      readYourWrites: true,
    },
    // YOURS: the most records, ids and bytes of one request.
    limits: { records: 1000, bytes: 4_000_000 },
    dialect,
    // YOURS: what an error of your backend means. "unavailable" is what may pass.
    classify(error) {
      // What `fetch` throws where there is no connection, and where one ends in the middle of an answer.
      if (error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message))
        return { kind: "unavailable" };
      if (error instanceof SyntaxError) return { kind: "unavailable" };
      if (!(error instanceof ServerError)) return undefined;
      // Not every 404 is the server's: one of a proxy says nothing of a namespace.
      if (error.status === 404) return { kind: error.message === "no such namespace" ? "missing" : "failed" };
      if (error.status === 409) return { kind: "exists" };
      if (error.status === 413) return { kind: "too-large" };
      if (error.status === 507) return { kind: "full" };
      return { kind: [429, 502, 503, 504].includes(error.status) ? "unavailable" : "failed" };
    },
    // YOURS: finds a namespace and never makes one: an error of the kind "missing" says that there is none.
    async find({ key, signal }) {
      const { born, manifest } = await ask<Found>(server, signal, "GET", `/namespaces/${key}`);
      // The address of a handle is of what was found: after a drop it leads nowhere, whatever is made under the name.
      return openNamespace(server, `/namespaces/${key}/${born}`, manifest);
    },
    // YOURS: makes a namespace with its manifest in one step. Of two who do so at once, the second leaves what the first has made.
    create: ({ key, manifest, signal }) => ask(server, signal, "PUT", `/namespaces/${key}`, { manifest }),
    // YOURS: removes a namespace, and what a crash has left of one.
    async drop({ key, signal }) {
      await ask(server, signal, "DELETE", `/namespaces/${key}`);
      return { dropped: true, residue: [] };
    },
    // YOURS: what your backend itself lists under the name. Leave it out where it lists nothing.
    leftovers: async ({ key, signal }) =>
      (await ask<readonly string[]>(server, signal, "GET", "/namespaces")).filter((name) => name === key),
  });
}

interface Found {
  readonly born: string;
  readonly manifest: Manifest;
}

/** A record as the server answers with it. */
type Row = RecordColumns & {
  readonly version: string;
  readonly tie: number;
  readonly score: number;
  readonly vector?: readonly number[];
};

function openNamespace(server: ServerOptions, address: string, manifest: Manifest): NamespaceDriver<Where> {
  const post = <T>(signal: AbortSignal, what: string, body: object) =>
    ask<T>(server, signal, "POST", `${address}/${what}`, body);
  const scored = (rows: readonly Row[]) => rows.map((row) => ({ record: toRecord(row), score: row.score }));
  const fields = columnNames;

  return {
    manifest,
    // YOURS: stores each record whole, where what is stored is what it expects, with a version that it never had.
    async write({ records, signal }) {
      const rows = records.map((record) => ({
        ...toTokenRow(record),
        keywords: record.keywords,
        vector: record.vector ? [...record.vector] : null,
        expected: record.expected ?? null,
      }));
      const stored = await post<readonly boolean[]>(signal, "write", { rows });
      return stored.map((isStored) => (isStored ? undefined : "conflict"));
    },
    // YOURS: the nearest of those that match `where`, with the cosine. Not every record has a vector.
    search: async ({ where, vector, limit, signal }) =>
      scored(await post(signal, "search", { where, fields, vector: [...vector], limit })),
    // YOURS: those with any of the terms. Leave it out where your backend has no keyword search, and declare `keyword: false`.
    searchText: async ({ where, terms, weights, limit, signal }) =>
      scored(await post(signal, "words", { where, fields, terms, weights, limit })),
    // YOURS: newest first, then by a tie of your own. `after` is the last record of the page before.
    async list({ where, limit, after, vectors, signal }) {
      const asked = { where, fields: vectors ? [...fields, "vector"] : fields, limit, after: after ?? null };
      const rows = await post<readonly Row[]>(signal, "list", asked);
      return rows.map((row) => ({ record: toRecord(row), tie: row.tie }));
    },
    // YOURS: deletes what matches, and says how many went.
    delete: ({ where, signal }) => post(signal, "delete", { where }),
    // YOURS: deletes those that are still at their version.
    deleteVersions: ({ records, signal }) => post(signal, "delete-versions", { records }),
    // YOURS: how many match.
    count: ({ where, signal }) => post(signal, "count", { where }),
  };
}

function toRecord(row: Row): StoredRecord {
  return fromColumns(row, row.vector);
}
