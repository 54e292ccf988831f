import { InvalidInputError } from "@loci/core";
import {
  assertNamespaceKey,
  type Manifest,
  type Namespace,
  type NamespaceKey,
  NamespaceNotFoundError,
  type Residue,
  type VectorStore,
} from "@loci/core/store";
import { ChromaUniqueError, type Collection, type CreateCollectionConfiguration } from "chromadb";
import { ChromaNamespace, deleteAll } from "./chroma-namespace.ts";
import { Connection } from "./connection.ts";

/** Options of `chroma`. */
export interface ChromaOptions {
  /** Where the server is. Default: "localhost". */
  readonly host?: string;
  /** Default: 8000. */
  readonly port?: number;
  /** Whether to use HTTPS. Default: false. */
  readonly ssl?: boolean;
  /** Sent with every request, such as a token. Default: none. */
  readonly headers?: Record<string, string>;
  /** Chroma's tenant, in which each organization gets a database. It has to exist. Default: "default_tenant". */
  readonly tenant?: string;
  /** How long a call may take, in milliseconds, 1 or more. Default: 60000. */
  readonly timeout?: number;
}

/** The one collection in the database of a namespace. */
const collectionName = "memories";
/** `ef_search` is how many vectors a search looks at: up to so many, it looks at all of them. */
const configuration: CreateCollectionConfiguration = {
  hnsw: { space: "cosine", ef_construction: 200, ef_search: 1000 },
};
const attempts = 5;

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
 * @throws InvalidInputError for options out of range
 */
export function chroma(options: ChromaOptions = {}): VectorStore {
  const {
    host = "localhost",
    port = 8000,
    ssl = false,
    headers = {},
    tenant = "default_tenant",
    ...rest
  } = options;
  const { timeout = 60_000, ...unknown } = rest;
  const [surplus] = Object.keys(unknown);
  if (surplus) fail(surplus, "is no option; there are host, port, ssl, headers, tenant, timeout");
  for (const [name, value] of Object.entries({ port, timeout })) {
    if (!Number.isInteger(value) || value < 1) fail(name, "must be a whole number from 1 on");
  }
  if (host === "" || /[/:]/.test(host)) fail("host", 'must be a name or an address alone, as in "localhost"');
  return new ChromaStore(new Connection({ host, port, ssl, headers, tenant, timeout }), tenant);
}

function fail(path: string, problem: string): never {
  throw new InvalidInputError(`${path} ${problem}.`, { path });
}

class ChromaStore implements VectorStore {
  readonly specVersion = 1;
  readonly name = "chroma";
  readonly capabilities = {
    isolation: "physical",
    keyword: false,
    scoreIsolation: "scope",
    erasure: "logical",
    residue: [pages],
    readYourWrites: true,
  } as const;
  readonly #connection: Connection;
  readonly #tenant: string;

  constructor(connection: Connection, tenant: string) {
    this.#connection = connection;
    this.#tenant = tenant;
  }

  async open({ key, create, signal }: Parameters<VectorStore["open"]>[0]): Promise<Namespace> {
    signal?.throwIfAborted();
    assertNamespaceKey(key);
    const collection =
      (await this.#find(key, signal)) ?? (create ? await this.#create(key, create, signal) : undefined);
    const manifest = collection?.metadata?.manifest;
    if (!collection || typeof manifest !== "string") {
      throw new NamespaceNotFoundError(`There is no namespace ${key} in Chroma.`, { namespace: key });
    }
    return new ChromaNamespace(key, JSON.parse(manifest) as Manifest, collection.id, this.#connection);
  }

  async drop({
    key,
    signal,
  }: Parameters<VectorStore["drop"]>[0]): Promise<Awaited<ReturnType<VectorStore["drop"]>>> {
    signal?.throwIfAborted();
    assertNamespaceKey(key);
    const collection = await this.#find(key, signal);
    if (collection) {
      // Records first: what Chroma keeps of a collection that had some may come up again in the next one.
      await this.#unlessGone(key, signal, () => deleteAll(collection, undefined));
      await this.#unlessGone(key, signal, ({ client }) => client.deleteCollection({ name: collectionName }));
    }
    await this.#unlessGone(key, signal, ({ admin }) =>
      admin.deleteDatabase({ name: key, tenant: this.#tenant }),
    );
    return { dropped: collection !== undefined, residue: [pages, folders] };
  }

  async leftovers({ key, signal }: Parameters<VectorStore["drop"]>[0]): Promise<readonly string[]> {
    signal?.throwIfAborted();
    assertNamespaceKey(key);
    const database = await this.#unlessGone(key, signal, ({ admin }) =>
      admin.getDatabase({ name: key, tenant: this.#tenant }),
    );
    return database === undefined ? [] : [`the database ${key}`];
  }

  async close(): Promise<void> {}

  #find(key: NamespaceKey, signal: AbortSignal | undefined): Promise<Collection | undefined> {
    return this.#unlessGone(key, signal, ({ client }) => client.getCollection({ name: collectionName }));
  }

  /** Of several that create at once, one succeeds, and all read the manifest that it wrote. */
  async #create(
    key: NamespaceKey,
    manifest: Manifest,
    signal: AbortSignal | undefined,
  ): Promise<Collection | undefined> {
    const metadata = { manifest: JSON.stringify(manifest) };
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#connection.call(key, signal, ({ admin }) =>
          unlessThere(() => admin.createDatabase({ name: key, tenant: this.#tenant })),
        );
        await this.#connection.call(key, signal, ({ client }) =>
          unlessThere(() =>
            client.createCollection({
              name: collectionName,
              embeddingFunction: null,
              metadata,
              configuration,
            }),
          ),
        );
      } catch (error) {
        // The database may have been dropped in between.
        if (signal?.aborted || attempt === attempts) throw error;
      }
      const found = await this.#find(key, signal);
      if (found || attempt === attempts) return found;
    }
  }

  async #unlessGone<T>(
    key: NamespaceKey,
    signal: AbortSignal | undefined,
    run: Parameters<Connection["call"]>[2],
  ): Promise<T | undefined> {
    try {
      return (await this.#connection.call(key, signal, run)) as T;
    } catch (error) {
      if (NamespaceNotFoundError.isInstance(error)) return undefined;
      throw error;
    }
  }
}

async function unlessThere(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof ChromaUniqueError)) throw error;
  }
}
