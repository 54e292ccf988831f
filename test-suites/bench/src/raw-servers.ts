import { Client } from "@elastic/elasticsearch";
import type { VectorRecord } from "@loci/core/store";
import { QdrantClient } from "@qdrant/js-client-rest";
import { AdminClient, ChromaClient } from "chromadb";
import pg from "pg";

/** What one writes by hand on a backend's own client, with the same columns, the same indexes and one shared table. */
export interface RawBackend {
  /** What an application has at hand before it inserts: not measured. */
  prepare(record: VectorRecord): unknown;
  insert(prepared: readonly unknown[]): Promise<unknown>;
  search(vector: Float32Array): Promise<unknown>;
  /** Lets the backend bring its statistics up to date. */
  settle(): Promise<unknown>;
  close(): Promise<unknown>;
}

const dimensions = 384;
const users = ["", "alice"];
const none = [""];
const plain = ({ id, scopeKey, fields, payload, keywords, vector }: VectorRecord) => ({
  id,
  ...scopeKey,
  created_at: fields.$createdAt,
  valid_to: fields.$validTo,
  payload,
  words: keywords.own.join(" "),
  vector: [...(vector ?? [])],
});
type Plain = ReturnType<typeof plain>;

export const rawBackends: Readonly<Record<string, (url: string) => Promise<RawBackend>>> = {
  async postgres(url) {
    const pool = new pg.Pool({ connectionString: url });
    await pool.query(
      `create table by_hand (id text primary key, "user" text, agent text, run text, created_at float8, valid_to float8, payload text, words tsvector, vector vector(${dimensions}))`,
    );
    await pool.query(`create index on by_hand ("user", agent, run)`);
    await pool.query("create index on by_hand (created_at)");
    await pool.query("create index on by_hand using gin (words)");
    await pool.query("create index on by_hand using hnsw (vector vector_cosine_ops)");
    return {
      prepare: plain,
      insert: (prepared) =>
        pool.query(
          `insert into by_hand select id, "user", agent, run, created_at, valid_to, payload, to_tsvector('simple', words), vector::text::vector
           from json_to_recordset($1::json) as g(id text, "user" text, agent text, run text, created_at float8, valid_to float8, payload text, words text, vector json)`,
          [JSON.stringify(prepared)],
        ),
      search: (vector) =>
        pool.query(
          `select id, "user", agent, run, created_at, valid_to, payload, 1 - (vector <=> $1::vector) as score from by_hand
           where "user" = any($2) and agent = any($3) and run = any($3) order by score desc limit 10`,
          [JSON.stringify([...vector]), users, none],
        ),
      settle: () => pool.query("analyze by_hand"),
      close: () => pool.end(),
    };
  },
  async chroma(url) {
    const { hostname: host, port } = new URL(url);
    const address = { host, port: Number(port), ssl: false };
    await new AdminClient(address).createDatabase({ name: "by_hand", tenant: "default_tenant" });
    const client = new ChromaClient({ ...address, tenant: "default_tenant", database: "by_hand" });
    const collection = await client.createCollection({
      name: "by_hand",
      embeddingFunction: null,
      configuration: { hnsw: { space: "cosine", ef_construction: 200, ef_search: 1000 } },
    });
    const where = { $and: [{ user: { $in: users } }, { agent: { $in: none } }, { run: { $in: none } }] };
    return {
      prepare: plain,
      insert: (prepared) =>
        collection.upsert({
          ids: prepared.map((one) => (one as Plain).id),
          embeddings: prepared.map((one) => (one as Plain).vector),
          metadatas: prepared.map((one) => {
            const { vector: _, ...rest } = one as Plain;
            return rest;
          }),
        }),
      search: (vector) =>
        collection.query({
          queryEmbeddings: [[...vector]],
          nResults: 10,
          where: where as never,
          include: ["metadatas", "distances"],
        }),
      settle: async () => {},
      close: async () => {},
    };
  },
  async elasticsearch(url) {
    const client = new Client({ node: url });
    const index = "by_hand";
    const keyword = { type: "keyword" } as const;
    await client.indices.create({
      index,
      settings: { number_of_shards: 1, number_of_replicas: 0 },
      mappings: {
        properties: {
          id: keyword,
          user: keyword,
          agent: keyword,
          run: keyword,
          created_at: { type: "double" },
          valid_to: { type: "double" },
          payload: { type: "keyword", index: false, doc_values: false },
          words: { type: "text", analyzer: "whitespace" },
          vector: {
            type: "dense_vector",
            dims: dimensions,
            similarity: "cosine",
            index_options: { type: "hnsw", m: 16, ef_construction: 128 },
          },
        },
      },
    });
    return {
      prepare: plain,
      insert: (prepared) =>
        client.bulk({
          index,
          refresh: true,
          operations: prepared.flatMap((one) => [{ index: { _id: (one as Plain).id } }, one as Plain]),
        }),
      search: (vector) =>
        client.search({
          index,
          size: 10,
          track_total_hits: false,
          knn: {
            field: "vector",
            query_vector: [...vector],
            k: 10,
            num_candidates: 1000,
            filter: [{ terms: { user: users } }, { terms: { agent: none } }, { terms: { run: none } }],
          },
        }),
      settle: async () => {},
      close: () => client.close(),
    };
  },
  async qdrant(url) {
    const client = new QdrantClient({ url, checkCompatibility: false });
    const name = "by_hand";
    await client.createCollection(name, { vectors: { size: dimensions, distance: "Cosine" } });
    for (const field_name of ["user", "agent", "run"])
      await client.createPayloadIndex(name, { field_name, field_schema: "keyword", wait: true });
    const must = [
      { key: "user", match: { any: users } },
      { key: "agent", match: { any: none } },
      { key: "run", match: { any: none } },
    ];
    return {
      prepare: plain,
      insert: (prepared) =>
        client.upsert(name, {
          wait: true,
          points: prepared.map((one, at) => {
            const { vector, ...payload } = one as Plain;
            return { id: Number(payload.id.slice(3)) || at, vector, payload };
          }),
        }),
      search: (vector) =>
        client.query(name, {
          query: [...vector],
          filter: { must },
          limit: 10,
          with_payload: true,
          params: { exact: true },
        }),
      settle: async () => {},
      close: async () => {},
    };
  },
};
