import { Client, type ClientOptions, errors } from "@elastic/elasticsearch";
import { InvalidInputError, UnsupportedError } from "@loci/core";
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
import { ElasticsearchNamespace } from "./elasticsearch-namespace.ts";
import { mapError } from "./map-error.ts";
import { indexDefinition, maxDimensions } from "./schema.ts";

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

/**
 * Keeps each organization in an index of its own. Nothing is sent before the first call. Needs Elasticsearch 9.
 * @throws InvalidInputError without options
 */
export function elasticsearch(options: ElasticsearchOptions): VectorStore {
  if (typeof options !== "object" || options === null) {
    throw new InvalidInputError(
      'elasticsearch needs options, as in elasticsearch({ node: "http://localhost:9200" }).',
      {
        path: "options",
      },
    );
  }
  return "client" in options
    ? new ElasticsearchStore(options.client, false)
    : new ElasticsearchStore(new Client(options), true);
}

class ElasticsearchStore implements VectorStore {
  readonly specVersion = 1;
  readonly name = "elasticsearch";
  readonly capabilities = {
    isolation: "physical",
    keyword: true,
    scoreIsolation: "organization",
    erasure: "logical",
    residue: [segments, snapshots],
    readYourWrites: true,
  } as const;
  readonly #client: Client;
  readonly #owned: boolean;

  constructor(client: Client, owned: boolean) {
    this.#client = client;
    this.#owned = owned;
  }

  async open({ key, create, signal }: OpenRequest): Promise<Namespace> {
    signal?.throwIfAborted();
    assertNamespaceKey(key);
    let manifest = await this.#readManifest(key, signal);
    if (!manifest && create) {
      await this.#create(key, create, signal);
      manifest = await this.#readManifest(key, signal);
    }
    if (!manifest) {
      throw new NamespaceNotFoundError(`There is no namespace ${key} in Elasticsearch.`, { namespace: key });
    }
    return new ElasticsearchNamespace(key, manifest, this.#client);
  }

  async drop({ key, signal }: NamespaceRequest): Promise<DropReport> {
    signal?.throwIfAborted();
    assertNamespaceKey(key);
    try {
      await this.#client.indices.delete({ index: key }, signal ? { signal } : {});
      return { dropped: true, residue: [files, snapshots] };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const mapped = mapError(error, key);
      if (NamespaceNotFoundError.isInstance(mapped)) return { dropped: false, residue: [snapshots] };
      throw mapped;
    }
  }

  async leftovers({ key, signal }: NamespaceRequest): Promise<readonly string[]> {
    signal?.throwIfAborted();
    assertNamespaceKey(key);
    try {
      // By pattern, so that an alias or an index beside it is seen as well.
      const { indices, aliases } = await this.#client.indices.resolveIndex(
        { name: `${key}*`, expand_wildcards: "all" },
        signal ? { signal } : {},
      );
      return [
        ...indices.map(({ name }) => `the index ${name}`),
        ...aliases.map(({ name }) => `the alias ${name}`),
      ];
    } catch (error) {
      throw signal?.aborted ? signal.reason : mapError(error, key);
    }
  }

  async close(): Promise<void> {
    if (this.#owned) await this.#client.close();
  }

  async #readManifest(key: NamespaceKey, signal: AbortSignal | undefined): Promise<Manifest | undefined> {
    try {
      const found = await this.#client.indices.getMapping({ index: key }, signal ? { signal } : {});
      return found[key]?.mappings._meta?.loci as Manifest | undefined;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const mapped = mapError(error, key);
      if (NamespaceNotFoundError.isInstance(mapped)) return undefined;
      throw mapped;
    }
  }

  /** Of several that create at once, one succeeds, and all read the manifest that it wrote. */
  async #create(key: NamespaceKey, manifest: Manifest, signal: AbortSignal | undefined): Promise<void> {
    const dimensions = manifest.embedder?.dimensions ?? 0;
    if (dimensions > maxDimensions) {
      throw new UnsupportedError(
        `Elasticsearch indexes vectors of up to ${maxDimensions} dimensions, and the embedder has ${dimensions}: take another.`,
      );
    }
    try {
      await this.#client.indices.create(indexDefinition(key, manifest), signal ? { signal } : {});
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (!isAlreadyThere(error)) throw mapError(error, key);
    }
  }
}

function isAlreadyThere(error: unknown): boolean {
  return (
    error instanceof errors.ResponseError && error.body?.error?.type === "resource_already_exists_exception"
  );
}
