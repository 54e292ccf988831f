import { Client, type ClientOptions } from "@elastic/elasticsearch";
import { InvalidInputError, UnsupportedError, type VectorStore } from "@loci/core";
import { defineStore, type Residue } from "@loci/core/store";
import { classify } from "./classify.ts";
import { dialect } from "./dialect.ts";
import { ElasticsearchNamespace } from "./elasticsearch-namespace.ts";
import { type IndexMeta, indexDefinition, maxDimensions } from "./schema.ts";
import { strictClient } from "./strict-client.ts";

/**
 * Options of `elasticsearch`: those of the official client (`node`, `auth`, `tls`, `requestTimeout`, `maxRetries` and so on),
 * or a `client` that the application has, which it also closes.
 */
export type ElasticsearchOptions = ClientOptions | { readonly client: Client };

const segments: Residue = {
  where: "deleted documents in Lucene's segments, and the translog",
  clearedBy:
    "merges, which run by themselves, or POST /<namespace>/_forcemerge?only_expunge_deletes=true and POST /<namespace>/_flush",
};
const files: Residue = {
  where: "the files of the index, which the server removes after it has answered",
  clearedBy: "the server by itself, within seconds",
};
const snapshots: Residue = {
  where: "snapshots of the cluster that were taken before",
  clearedBy: "DELETE /_snapshot/<repository>/<snapshot>",
};

/** @throws InvalidInputError for what the client refuses, such as options without a node */
function connect(options: ClientOptions): Client {
  try {
    return new Client(options);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInputError(
      `The client of Elasticsearch refuses the options: ${problem}. Give its address as node, as in elasticsearch({ node: "http://localhost:9200" }).`,
      { path: "options" },
      { cause },
    );
  }
}

/**
 * Keeps each organization in an index of its own. Nothing is sent before the first call. Needs Elasticsearch 9.
 * @throws InvalidInputError without options, and for those that its client refuses
 */
export function elasticsearch(options: ElasticsearchOptions): VectorStore {
  if (typeof options !== "object" || options === null) {
    throw new InvalidInputError(
      'elasticsearch needs options, as in elasticsearch({ node: "http://localhost:9200" }).',
      { path: "options" },
    );
  }
  const owned = !("client" in options);
  const given = owned ? connect(options) : options.client;
  const client = strictClient(given);
  return defineStore({
    name: "elasticsearch",
    capabilities: {
      isolation: "physical",
      keyword: true,
      scoreIsolation: "organization",
      erasure: "logical",
      residue: [segments, snapshots],
      readYourWrites: true,
    },
    // The server takes 100 MB by default (http.max_content_length), and 65,536 values in a list (index.max_terms_count).
    // Fewer bytes hold the event loop for less while they are written as JSON.
    limits: { records: 500, ids: 10_000, bytes: 5_000_000 },
    dialect,
    classify,
    async find({ key, signal }) {
      const found = await client.indices.getMapping({ index: key }, { signal });
      const meta = found[key]?.mappings._meta as Partial<IndexMeta> | undefined;
      if (!meta?.loci || !meta.made) return undefined;
      return new ElasticsearchNamespace(key, { loci: meta.loci, made: meta.made }, client);
    },
    async create({ key, manifest, signal }) {
      const dimensions = manifest.embedder?.dimensions ?? 0;
      if (dimensions > maxDimensions) {
        throw new UnsupportedError(
          `Elasticsearch indexes vectors of up to ${maxDimensions} dimensions, and the embedder has ${dimensions}: take another.`,
        );
      }
      await client.indices.create(indexDefinition(key, manifest), { signal });
    },
    async drop({ key, signal }) {
      try {
        await client.indices.delete({ index: key }, { signal });
        return { dropped: true, residue: [files, snapshots] };
      } catch (error) {
        if (classify(error)?.kind === "missing") return { dropped: false, residue: [snapshots] };
        throw error;
      }
    },
    async leftovers({ key, signal }) {
      // By pattern, so that an alias or an index beside it is seen as well.
      const request = { name: `${key}*`, expand_wildcards: "all" } as const;
      const { indices, aliases } = await client.indices.resolveIndex(request, { signal });
      const named =
        (kind: string) =>
        ({ name }: { readonly name: string }) =>
          `the ${kind} ${name}`;
      return [...indices.map(named("index")), ...aliases.map(named("alias"))];
    },
    close: async () => (owned ? given.close() : undefined),
  });
}
