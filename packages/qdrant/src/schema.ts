import { randomUUID } from "node:crypto";
import type { Manifest } from "@loci/core/store";
import type { Schemas } from "@qdrant/js-client-rest";

/** The names of the vectors of a point. */
export const denseVector = "text";
export const wordVector = "words";

/** What a condition or an order needs an index for. Each costs memory maps in every collection: there are few. */
export const indexes: Readonly<Record<string, "keyword" | "float">> = {
  tokens: "keyword",
  created_at: "float",
  place: "float",
};

/** What a collection says of itself. */
export interface CollectionMetadata {
  readonly loci: Manifest;
  /** Tells a collection from the next one under its name. */
  readonly made: string;
}

/**
 * The collection of a namespace. Vectors lie on the disk and are read as they are needed, and there is one segment for a core:
 * otherwise a server with many collections runs out of memory maps, and takes minutes to start.
 */
export function collectionDefinition(manifest: Manifest): Schemas["CreateCollection"] {
  const { embedder } = manifest;
  const metadata: CollectionMetadata = { loci: manifest, made: randomUUID() };
  return {
    vectors: embedder
      ? { [denseVector]: { size: embedder.dimensions, distance: "Cosine", on_disk: true } }
      : {},
    sparse_vectors: { [wordVector]: { modifier: "idf", index: { on_disk: true } } },
    optimizers_config: { default_segment_number: 1 },
    on_disk_payload: true,
    metadata: { ...metadata },
  };
}
