import type { ListedRecord } from "@loci/core/store";
import type { Collection, Where } from "chromadb";
import { tieOf, toRecord } from "./record-rows.ts";

/** Reads records in any order. With ids and a condition at once Chroma is slow: 3 ms for each id. */
export async function readRecords(
  collection: Collection,
  which: { readonly where?: Where; readonly limit?: number } | { readonly ids: string[] },
  vectors: boolean,
): Promise<ListedRecord[]> {
  const found = await collection.get({
    ...which,
    include: vectors ? ["metadatas", "embeddings"] : ["metadatas"],
  });
  return found.ids.flatMap((id, index) => {
    const metadata = found.metadatas[index];
    return metadata
      ? [{ record: toRecord(metadata, found.embeddings[index]), tie: tieOf(id, metadata) }]
      : [];
  });
}
