import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { bm25, recordKey, type TokenRow, type VectorRecord } from "@loci/core/store";
import type { Where } from "../src/dialect.ts";

/**
 * YOURS: a backend that stands here until yours does. It keeps everything in its memory.
 * @returns where it listens, and what ends it
 */
export async function startToyServer(): Promise<ToyServer> {
  const namespaces = new Map<string, Namespace>();
  const server = createServer(async (request, response) => {
    const { status, answer } = await handle(namespaces, request).catch((error: unknown) => ({
      status: error instanceof Missing ? 404 : 500,
      answer: String(error instanceof Error ? error.message : error),
    }));
    response.writeHead(status, { "content-type": "application/json" });
    // By these keys its answers are known from those of a proxy in its place.
    response.end(JSON.stringify(status < 400 ? { answer } : { error: answer }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dump: () =>
      new Map(
        [...namespaces].map(([key, { rows }]) => [
          key,
          Buffer.from(JSON.stringify([...rows.values()]), "latin1"),
        ]),
      ),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export interface ToyServer {
  readonly url: string;
  /** What is in its memory, by namespace. */
  dump(): ReadonlyMap<string, Uint8Array>;
  stop(): Promise<void>;
}

interface Namespace {
  readonly born: string;
  readonly manifest: unknown;
  readonly rows: Map<string, Row>;
  last: number;
}

type Row = TokenRow & {
  readonly keywords: VectorRecord["keywords"];
  readonly vector: readonly number[] | null;
  readonly version: string;
  readonly tie: number;
};

class Missing extends Error {}

async function handle(namespaces: Map<string, Namespace>, request: IncomingMessage): Promise<Answer> {
  const [, root, key = "", born, what = ""] = (request.url ?? "").split("/");
  if (root !== "namespaces") throw new Missing("no such address");
  if (key === "") return { status: 200, answer: [...namespaces.keys()] };
  const body = request.method === "GET" || request.method === "DELETE" ? {} : await json(request);
  const found = namespaces.get(key);
  if (request.method === "PUT") {
    if (found) return { status: 409, answer: "exists" };
    const { manifest } = body as { manifest: unknown };
    namespaces.set(key, { born: randomUUID(), manifest, rows: new Map(), last: 0 });
    return { status: 201, answer: null };
  }
  if (!found || (born !== undefined && born !== found.born)) throw new Missing("no such namespace");
  if (request.method === "GET")
    return { status: 200, answer: { born: found.born, manifest: found.manifest } };
  if (request.method === "DELETE") return { status: 200, answer: namespaces.delete(key) };
  const operation = operations[what];
  if (!operation) throw new Missing("no such address");
  return { status: 200, answer: operation(found, body as Body) };
}

interface Answer {
  readonly status: number;
  readonly answer: unknown;
}

/** What the requests carry, each of them some of it. */
interface Body {
  readonly where: Where;
  readonly fields: readonly (keyof Row)[];
  readonly limit: number;
  readonly rows: readonly (Row & { readonly expected: "absent" | { readonly version: string } | null })[];
  readonly vector: readonly number[];
  readonly terms: readonly string[];
  readonly weights: Parameters<typeof bm25>[2];
  readonly after: { readonly createdAt: number; readonly tie: number } | null;
  readonly records: readonly Parameters<typeof versionOf>[0][];
}

const operations: Readonly<Record<string, (namespace: Namespace, body: Body) => unknown>> = {
  write: (namespace, { rows }) =>
    rows.map(({ expected, ...row }) => {
      const before = namespace.rows.get(row.key);
      const version = expected === "absent" ? undefined : expected?.version;
      if (expected && before?.version !== version) return false;
      if (!before) namespace.last += 1;
      namespace.rows.set(row.key, { ...row, tie: before?.tie ?? namespace.last, version: randomUUID() });
      return true;
    }),
  search(namespace, { where, fields, vector, limit }) {
    const hits = matching(namespace, where).flatMap((row) =>
      row.vector ? [{ row, score: dot(row.vector, vector) }] : [],
    );
    return best(hits, fields, limit);
  },
  words(namespace, { where, fields, terms, weights, limit }) {
    const rows = matching(namespace, where);
    const scores = bm25(
      rows.map(({ keywords }) => keywords),
      terms,
      weights,
    );
    const hits = rows.map((row, at) => ({ row, score: scores[at] ?? 0 }));
    return best(
      hits.filter(({ score }) => score > 0),
      fields,
      limit,
    );
  },
  list: (namespace, { where, fields, limit, after }) =>
    matching(namespace, where)
      .sort((a, b) => b.created_at - a.created_at || b.tie - a.tie)
      .filter(
        (row) =>
          !after ||
          row.created_at < after.createdAt ||
          (row.created_at === after.createdAt && row.tie < after.tie),
      )
      .slice(0, limit)
      .map((row) => pick(row, fields)),
  delete(namespace, { where }) {
    const doomed = matching(namespace, where);
    for (const { key } of doomed) namespace.rows.delete(key);
    return doomed.length;
  },
  "delete-versions": (namespace, { records }) =>
    records.map(versionOf).filter(({ key, version }) => {
      return namespace.rows.get(key)?.version === version && namespace.rows.delete(key);
    }).length,
  count: (namespace, { where }) => matching(namespace, where).length,
};

function versionOf({ id, scopeKey, version }: Pick<VectorRecord, "id" | "scopeKey"> & { version: string }): {
  key: string;
  version: string;
} {
  return { key: recordKey(id, scopeKey), version };
}

function matching({ rows }: Namespace, where: Where): Row[] {
  return [...rows.values()].filter((row) => holds(where, row));
}

function holds(where: Where, row: Row): boolean {
  if ("and" in where) return where.and.every((part) => holds(part, row));
  if ("or" in where) return where.or.some((part) => holds(part, row));
  if ("not" in where) return !holds(where.not, row);
  if ("in" in where) return where.in.includes(String(Reflect.get(row, where.column)));
  if ("anyToken" in where) return where.anyToken.some((token) => row.tokens.includes(token));
  const value =
    "number" in where
      ? row.numbers.find(([token]) => token === where.number)?.[1]
      : Number(Reflect.get(row, where.column));
  return value !== undefined && compare[where.operator](value, where.value);
}

const compare = {
  gt: (a: number, b: number) => a > b,
  gte: (a: number, b: number) => a >= b,
  lt: (a: number, b: number) => a < b,
  lte: (a: number, b: number) => a <= b,
};

function best(hits: { row: Row; score: number }[], fields: Body["fields"], limit: number): unknown {
  return hits
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ row, score }) => ({ ...pick(row, fields), score }));
}

function pick(row: Row, fields: Body["fields"]): object {
  const own = [...fields, "version", "tie"].map((name) => [name, Reflect.get(row, name) ?? undefined]);
  return Object.fromEntries(own);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
