import { InvalidInputError } from "@loci/core";
import { QdrantClient, type QdrantClientParams } from "@qdrant/js-client-rest";

/**
 * Options of `qdrant`: those of the official client (`url`, `apiKey`, `headers` and so on), or a `client` that the application
 * has; and `timeout`, how long a request may take, in milliseconds, 1 or more. Default: 60000.
 */
export type QdrantOptions = Omit<QdrantClientParams, "timeout"> & {
  readonly timeout?: number;
  /** A client of the official package, instead of the options of one. Default: one is made. */
  readonly client?: QdrantClient;
};

/** The names of all options: the client ignores any other, and would ask a server on this machine. */
const names = Object.keys({
  url: true,
  host: true,
  port: true,
  prefix: true,
  https: true,
  apiKey: true,
  headers: true,
  maxConnections: true,
  checkCompatibility: true,
  timeout: true,
  client: true,
} satisfies Record<keyof QdrantOptions, true>);

/** Makes the client and reads the timeout. @throws InvalidInputError for an unknown option, and for what the client refuses */
export function readOptions(options: QdrantOptions): {
  readonly client: QdrantClient;
  readonly timeout: number;
} {
  if (typeof options !== "object" || options === null)
    throw refused("options", 'must be an object, as in qdrant({ url: "http://localhost:6333" })');
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw refused(unknown, `is not an option of qdrant; there are ${names.join(", ")}`);
  const { client, timeout = 60_000, ...rest } = options;
  if (!Number.isInteger(timeout) || timeout < 1) throw refused("timeout", "must be a whole number from 1 on");
  if (rest.url !== undefined && !URL.canParse(rest.url))
    throw refused("url", 'must be an address, such as "http://localhost:6333"');
  try {
    // The client asks for the server's version when it is made, which would be a request before the first call.
    const made = () =>
      new QdrantClient({ checkCompatibility: false, ...rest, timeout: Number.POSITIVE_INFINITY });
    return { client: client ?? made(), timeout };
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw refused("options", `are refused by the client of Qdrant: ${problem}`, cause);
  }
}

function refused(path: string, problem: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(`${path} ${problem}.`, { path }, { cause });
}
