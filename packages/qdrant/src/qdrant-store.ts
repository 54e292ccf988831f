import { InvalidInputError, StoreError } from "@loci/core";
import type { NamespaceRequest, OpenRequest } from "@loci/core/store";
import {
  assertNamespaceKey,
  type DropReport,
  type Manifest,
  type Namespace,
  type NamespaceKey,
  NamespaceNotFoundError,
  type Residue,
  type VectorStore,
} from "@loci/core/store";
import { QdrantClient, type QdrantClientParams, type Schemas } from "@qdrant/js-client-rest";
import { Connection } from "./connection.ts";
import { QdrantNamespace } from "./qdrant-namespace.ts";
import { collectionDefinition, indexes } from "./schema.ts";

/**
 * Options of `qdrant`: those of the official client (`url`, `apiKey`, `headers` and so on), or a `client` that the application
 * has; and `timeout`, how long a call may take, in milliseconds, 1 or more. Default: 60000.
 */
export type QdrantOptions = Omit<QdrantClientParams, "timeout"> & {
  readonly timeout?: number;
  /** A client of the official package, instead of the options of one. Default: one is made. */
  readonly client?: QdrantClient;
};

const deletedPoints: Residue = {
  where: "deleted points in the collection's segments, payload files and write-ahead log",
  clearedBy: "the optimizer, which rewrites segments by itself once a fifth of a thousand points is deleted",
};
const deletedFiles: Residue = {
  where: "the folder .deleted of the storage, for seconds; snapshots that were taken before",
  clearedBy:
    "the server by itself; DELETE /collections/<namespace>/snapshots/<snapshot> before the drop, or removing the files",
};
const conflict = 409;

/**
 * Keeps each organization in a collection of its own. Nothing is sent before the first call. Needs Qdrant 1.16.
 * @throws InvalidInputError for a timeout out of range
 */
export function qdrant(options: QdrantOptions = {}): VectorStore {
  const { client, timeout = 60_000, ...rest } = options;
  if (!Number.isInteger(timeout) || timeout < 1) {
    throw new InvalidInputError("timeout must be a whole number from 1 on.", { path: "timeout" });
  }
  // The client asks for the server's version when it is made, which would be a request before the first call.
  const make = () =>
    client ?? new QdrantClient({ checkCompatibility: false, ...rest, timeout: Number.POSITIVE_INFINITY });
  return new QdrantStore(new Connection(make(), timeout));
}

class QdrantStore implements VectorStore {
  readonly specVersion = 1;
  readonly name = "qdrant";
  readonly capabilities = {
    isolation: "physical",
    keyword: true,
    scoreIsolation: "organization",
    erasure: "logical",
    residue: [deletedPoints],
    readYourWrites: true,
  } as const;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async open({ key, create, signal }: OpenRequest): Promise<Namespace> {
    signal?.throwIfAborted();
    assertNamespaceKey(key);
    let info = await this.#find(key, signal);
    if (!info && create) {
      await this.#create(key, create, signal);
      info = await this.#find(key, signal);
    }
    const manifest = info?.config.metadata?.loci as Manifest | undefined;
    if (!info || !manifest) {
      throw new NamespaceNotFoundError(`There is no namespace ${key} in Qdrant.`, { namespace: key });
    }
    await this.#completeIndexes(key, info, signal);
    return new QdrantNamespace(key, manifest, info.points_count ?? 0, this.#connection);
  }

  async drop({ key, signal }: NamespaceRequest): Promise<DropReport> {
    signal?.throwIfAborted();
    assertNamespaceKey(key);
    const dropped = await this.#connection.call(key, signal, (api, init) =>
      api.deleteCollection({ collection_name: key }, init),
    );
    return { dropped, residue: [deletedFiles] };
  }

  async leftovers({ key, signal }: NamespaceRequest): Promise<readonly string[]> {
    signal?.throwIfAborted();
    assertNamespaceKey(key);
    const { exists } = await this.#connection.call(key, signal, (api, init) =>
      api.collectionExists({ collection_name: key }, init),
    );
    return exists ? [`the collection ${key}`] : [];
  }

  async close(): Promise<void> {}

  async #find(
    key: NamespaceKey,
    signal: AbortSignal | undefined,
  ): Promise<Schemas["CollectionInfo"] | undefined> {
    try {
      return await this.#connection.call(key, signal, (api, init) =>
        api.getCollection({ collection_name: key }, init),
      );
    } catch (error) {
      if (NamespaceNotFoundError.isInstance(error)) return undefined;
      throw error;
    }
  }

  /** Of several that create at once, one succeeds, and all read the manifest that it wrote. */
  async #create(key: NamespaceKey, manifest: Manifest, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#connection.call(key, signal, (api, init) =>
        api.createCollection({ collection_name: key, ...collectionDefinition(manifest) }, init),
      );
    } catch (error) {
      const cause = StoreError.isInstance(error) ? (error.cause as { status?: number }) : undefined;
      if (cause?.status !== conflict) throw error;
    }
  }

  /** Whoever created the collection may have ended before its indexes were made. */
  async #completeIndexes(
    key: NamespaceKey,
    info: Schemas["CollectionInfo"],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (const [field_name, field_schema] of Object.entries(indexes)) {
      if (info.payload_schema[field_name]) continue;
      await this.#connection.call(key, signal, (api, init) =>
        api.createFieldIndex({ collection_name: key, wait: true, field_name, field_schema }, init),
      );
    }
  }
}
