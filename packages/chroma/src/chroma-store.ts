import type { VectorStore } from "@loci/core";
import { defineStore, type Manifest, type Residue } from "@loci/core/store";
import type { CreateCollectionConfiguration } from "chromadb";
import { chromaNamespace, deleteMatching } from "./chroma-namespace.ts";
import { type ChromaOptions, readOptions } from "./chroma-options.ts";
import { classify } from "./classify.ts";
import { connect } from "./connection.ts";
import { dialect } from "./dialect.ts";
import { whenUnlocked } from "./when-unlocked.ts";

/** The one collection in the database of a namespace. */
const name = "memories";
/** `ef_search` is how many vectors a search looks at: up to so many, it looks at all of them. */
const configuration: CreateCollectionConfiguration = {
  hnsw: { space: "cosine", ef_construction: 200, ef_search: 1000 },
};

const pages: Residue = {
  where: "free pages of chroma.sqlite3, and its write-ahead log",
  clearedBy: "stopping the server, and: sqlite3 chroma.sqlite3 VACUUM",
};
const folders: Residue = {
  where: "the folder of the collection's vector index, named by a UUID, beside chroma.sqlite3",
  clearedBy: "stopping the server, and removing folders that no row of its table segments names",
};

/**
 * Keeps each organization in a database of its own. Nothing is sent before the first call. A local Chroma has no keyword search:
 * memories are found by vectors only. A client that the application already has cannot be shared: it is bound to one database.
 * @throws InvalidInputError for options that are unknown or out of range
 */
export function chroma(options: ChromaOptions = {}): VectorStore {
  const { timeout, ...address } = readOptions(options);
  const { tenant } = address;
  const call = connect(address, timeout);
  return defineStore({
    name: "chroma",
    capabilities: {
      isolation: "physical",
      keyword: false,
      scoreIsolation: "scope",
      erasure: "logical",
      residue: [pages],
      readYourWrites: true,
    },
    // The server takes 40 MiB (max_payload_size_bytes). Tokens of metadata are not in the kit's estimate.
    limits: { records: 1000, bytes: 16_000_000 },
    dialect,
    classify,
    async find({ key, signal }) {
      const { id, metadata } = await call(key, signal, (client) => client.getCollection({ name }));
      if (typeof metadata?.manifest !== "string") return undefined;
      return chromaNamespace(JSON.parse(metadata.manifest) as Manifest, (own, task) =>
        call(key, own, (client) => task(client.collection(id))),
      );
    },
    async create({ key, manifest, signal }) {
      // A creation that was cut short has left its database.
      await unless("exists", () =>
        call(key, signal, (_, admin) => admin.createDatabase({ name: key, tenant })),
      );
      const metadata = { manifest: JSON.stringify(manifest) };
      await call(key, signal, (client) =>
        client.createCollection({ name, embeddingFunction: null, metadata, configuration }),
      );
    },
    async drop({ key, signal }) {
      const step = <T>(task: Parameters<typeof call<T>>[2]) =>
        unless("missing", () => whenUnlocked(signal, () => call(key, signal, task)));
      const collection = await step((client) => client.getCollection({ name }));
      if (collection) {
        // Records first: what Chroma keeps of a collection that had some may come up again in the next one.
        await step((client) => deleteMatching(client.collection(collection.id), dialect.everything));
        await step((client) => client.deleteCollection({ name }));
      }
      await step((_, admin) => admin.deleteDatabase({ name: key, tenant }));
      return { dropped: collection !== undefined, residue: [pages, folders] };
    },
    async leftovers({ key, signal }) {
      await call(key, signal, (_, admin) => admin.getDatabase({ name: key, tenant }));
      return [`the database ${key}`];
    },
  });
}

/** Undefined where a step fails in the way that is expected. */
async function unless<T>(kind: "exists" | "missing", step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (classify(error)?.kind === kind) return undefined;
    throw error;
  }
}
