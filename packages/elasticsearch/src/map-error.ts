import { errors } from "@elastic/elasticsearch";
import { LociError, StorageFullError, StoreError, UnsupportedError } from "@loci/core";
import { NamespaceNotFoundError } from "@loci/core/store";

const notThere = "index_not_found_exception";
const fullDisk = /flood-stage|disk usage exceeded|No space left on device/;
const tooManyShards = /maximum (normal )?shards open/;

/** Names what the client throws in Loci's own errors. */
export function mapError(error: unknown, namespace: string): unknown {
  if (LociError.isInstance(error) || error instanceof TypeError || !(error instanceof Error)) return error;
  const cause = error;
  if (error instanceof errors.ResponseError) {
    const { type = "", reason = error.message } = (error.body?.error ?? {}) as {
      type?: string;
      reason?: string;
    };
    return mapAnswer(error.statusCode ?? 0, type, reason, namespace, cause);
  }
  if (error instanceof errors.ProductNotSupportedError) {
    return new UnsupportedError("What answers is not Elasticsearch 9. Check the address.", { cause });
  }
  const retryable =
    error instanceof errors.ConnectionError ||
    error instanceof errors.TimeoutError ||
    error instanceof errors.NoLivingConnectionsError;
  const what = retryable ? "Elasticsearch does not answer" : "Elasticsearch failed";
  return new StoreError(`${what}: ${error.message}`, { store: "elasticsearch" }, { cause, retryable });
}

/** What an answer of the server, or its answer about one record of many, means. */
export function mapAnswer(
  status: number,
  type: string,
  reason: string,
  namespace: string,
  cause?: unknown,
): LociError {
  if (type === notThere) {
    return new NamespaceNotFoundError(
      `There is no namespace ${namespace} in Elasticsearch.`,
      { namespace },
      { cause },
    );
  }
  if (fullDisk.test(reason)) {
    return new StorageFullError("Elasticsearch has no room left on its disk, and takes deletions only.", {
      cause,
      retryable: true,
    });
  }
  const store = { store: "elasticsearch" };
  if (tooManyShards.test(reason)) {
    return new StoreError(
      `Elasticsearch has as many shards as it allows (cluster.max_shards_per_node, 1,000 for a node by default), and each organization needs one: add a node, or a second cluster. ${reason}`,
      store,
      { cause },
    );
  }
  if (type === "media_type_header_exception") {
    return new UnsupportedError("This Elasticsearch is older than 9: update it.", { cause });
  }
  if (status === 401 || status === 403) {
    return new StoreError(
      `Elasticsearch refuses: ${reason}. Check the credentials and their rights.`,
      store,
      { cause },
    );
  }
  const retryable = status === 408 || status === 429 || status >= 500;
  return new StoreError(`Elasticsearch failed: ${reason}`, store, { cause, retryable });
}
