import type { VectorStore } from "@loci/core";
import { defineStore, type Residue } from "@loci/core/store";
import { classify } from "./classify.ts";
import { connect } from "./connection.ts";
import { dialect } from "./dialect.ts";
import { QdrantNamespace } from "./qdrant-namespace.ts";
import { type QdrantOptions, readOptions } from "./qdrant-options.ts";
import { requestsOf } from "./requests.ts";
import { type CollectionMetadata, collectionDefinition, indexes } from "./schema.ts";

const deletedPoints: Residue = {
  where: "deleted points in the collection's segments, payload files and write-ahead log",
  clearedBy: "the optimizer, which rewrites segments by itself once a fifth of a thousand points is deleted",
};
const deletedFiles: Residue = {
  where: "the folder .deleted of the storage, for seconds; snapshots that were taken before",
  clearedBy:
    "the server by itself; DELETE /collections/<namespace>/snapshots/<snapshot> before the drop, or removing the files",
};

/**
 * Keeps each organization in a collection of its own. Nothing is sent before the first call. Needs Qdrant 1.16.
 * @throws InvalidInputError for an unknown option, and for what its client refuses
 */
export function qdrant(options: QdrantOptions = {}): VectorStore {
  const { client, timeout } = readOptions(options);
  const request = connect(client, timeout);
  return defineStore({
    name: "qdrant",
    capabilities: {
      isolation: "physical",
      keyword: true,
      scoreIsolation: "organization",
      erasure: "logical",
      residue: [deletedPoints],
      readYourWrites: true,
    },
    // The server takes 32 MiB (service.max_request_size_mb). Less holds the event loop for less while it is written as JSON.
    limits: { records: 500, ids: 10_000, bytes: 3_000_000 },
    dialect,
    classify,
    async find({ key: collection_name, signal }) {
      const info = await request(signal, (api, init) => api.getCollection({ collection_name }, init));
      const { loci, made } = (info.config.metadata ?? {}) as Partial<CollectionMetadata>;
      if (!loci || !made) return undefined;
      // Whoever created the collection may have ended before its indexes were made.
      for (const [field_name, field_schema] of Object.entries(indexes)) {
        if (info.payload_schema[field_name]) continue;
        const index = { collection_name, wait: true, field_name, field_schema };
        await request(signal, (api, init) => api.createFieldIndex(index, init));
      }
      return new QdrantNamespace(collection_name, loci, info.points_count ?? 0, () =>
        requestsOf(collection_name, made, request),
      );
    },
    async create({ key, manifest, signal }) {
      const collection = { collection_name: key, ...collectionDefinition(manifest) };
      await request(signal, (api, init) => api.createCollection(collection, init));
    },
    async drop({ key, signal }) {
      const dropped = await request(signal, (api, init) =>
        api.deleteCollection({ collection_name: key }, init),
      );
      return { dropped, residue: [deletedFiles] };
    },
    async leftovers({ key, signal }) {
      const { exists } = await request(signal, (api, init) =>
        api.collectionExists({ collection_name: key }, init),
      );
      return exists ? [`the collection ${key}`] : [];
    },
  });
}
