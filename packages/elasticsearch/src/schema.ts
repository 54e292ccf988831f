import { randomUUID } from "node:crypto";
import type { estypes } from "@elastic/elasticsearch";
import type { Manifest, NamespaceKey } from "@loci/core/store";

/** Elasticsearch indexes no wider vectors. */
export const maxDimensions = 4096;

/** What the index of a namespace says of itself. */
export interface IndexMeta {
  readonly loci: Manifest;
  /** Tells an index from the next one under its name. */
  readonly made: string;
}

/**
 * Every call goes through this name, which is an alias of one index and goes with it: a handle reaches no index that was made
 * later. Writes say that it has to be an alias: a server that creates an index for whoever writes to a missing one creates none
 * then, so that a late write brings nothing back.
 */
export function indexAlias(key: NamespaceKey, made: string): string {
  return `${key}-${made}`;
}

/** The index of a namespace. What is not listed is refused. */
export function indexDefinition(key: NamespaceKey, manifest: Manifest): estypes.IndicesCreateRequest {
  const stored = { type: "keyword", index: false, doc_values: false } as const;
  const terms = { type: "text", analyzer: "whitespace" } as const;
  const embedder = manifest.embedder;
  const meta: IndexMeta = { loci: manifest, made: randomUUID() };
  return {
    index: key,
    aliases: { [indexAlias(key, meta.made)]: { is_write_index: true } },
    // A replica where there is a second node for it: on one node it would only count against the limit of shards.
    settings: { number_of_shards: 1, auto_expand_replicas: "0-1" },
    mappings: {
      dynamic: "strict",
      _meta: { ...meta },
      properties: {
        key: { type: "keyword" },
        id: { type: "keyword" },
        namespace: { type: "keyword" },
        user: { type: "keyword" },
        agent: { type: "keyword" },
        run: { type: "keyword" },
        created_at: { type: "double" },
        place: { type: "long" },
        valid_from: { type: "double" },
        valid_to: { type: "double" },
        expires_at: { type: "double" },
        tokens: { type: "keyword", doc_values: false },
        numbers: { type: "nested", properties: { token: { type: "keyword" }, value: { type: "double" } } },
        fields: stored,
        payload: stored,
        own: terms,
        before: terms,
        after: terms,
        ...(embedder
          ? {
              vector: {
                type: "dense_vector" as const,
                dims: embedder.dimensions,
                similarity: "cosine" as const,
                // In full precision: the default keeps one byte for a dimension, and its scores are not the cosine.
                index_options: { type: "hnsw" as const, m: 16, ef_construction: 128 },
              },
            }
          : {}),
      },
    },
  };
}
