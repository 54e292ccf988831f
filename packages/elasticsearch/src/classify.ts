import { errors } from "@elastic/elasticsearch";
import type { StoreFailure } from "@loci/core/store";

const fullDisk = /flood-stage|disk usage exceeded|No space left on device/;
const tooManyShards = /maximum (normal )?shards open/;
const kindsOfType: Readonly<Record<string, StoreFailure["kind"]>> = {
  index_not_found_exception: "missing",
  resource_already_exists_exception: "exists",
};

/** What the server answers about one record of many. */
export class ItemError extends Error {
  readonly statusCode: number;
  readonly type: string;

  constructor(
    statusCode: number,
    { type, reason }: { readonly type: string; readonly reason?: string | null },
  ) {
    super(reason ?? type);
    this.statusCode = statusCode;
    this.type = type;
  }
}

const stranger: StoreFailure = {
  kind: "failed",
  message:
    "What answers is not Elasticsearch 9. Check the address, and whether a proxy in between asks for a login.",
};

/** What an error of the client means. */
export function classify(error: unknown): StoreFailure | undefined {
  if (error instanceof ItemError) return ofAnswer(error.statusCode, error.type, error.message);
  if (error instanceof errors.ResponseError) {
    const { type = "", reason = error.message } = (error.body?.error ?? {}) as Partial<
      Record<"type" | "reason", string>
    >;
    return ofAnswer(error.statusCode ?? 0, type, reason);
  }
  if (error instanceof errors.ProductNotSupportedError) return stranger;
  if (error instanceof errors.DeserializationError)
    return { kind: "unavailable", message: "The answer of Elasticsearch was cut before its end." };
  if (
    error instanceof errors.ConnectionError ||
    error instanceof errors.TimeoutError ||
    error instanceof errors.NoLivingConnectionsError
  )
    return { kind: "unavailable", message: `Elasticsearch does not answer: ${error.message}` };
  return error instanceof errors.ElasticsearchClientError
    ? { kind: "failed", message: `Elasticsearch failed: ${error.message}` }
    : undefined;
}

function ofAnswer(status: number, type: string, reason: string): StoreFailure {
  if (status >= 300 && status < 400) return stranger;
  const kind = kindsOfType[type];
  if (kind) return { kind };
  if (fullDisk.test(reason)) {
    const message = "Elasticsearch has no room left on its disk, and takes deletions only.";
    return { kind: "full", message };
  }
  if (tooManyShards.test(reason)) {
    const message = `Elasticsearch has as many shards as it allows (cluster.max_shards_per_node, 1,000 for a node by default), and each organization needs one: add a node, or a second cluster. ${reason}`;
    return { kind: "failed", message };
  }
  if (type === "media_type_header_exception")
    return { kind: "unsupported", message: "This Elasticsearch is older than 9: update it." };
  if (status === 401 || status === 403) {
    const message = `Elasticsearch refuses: ${reason}. Check the credentials and their rights.`;
    return { kind: "failed", message };
  }
  const message = `Elasticsearch failed: ${reason}`;
  if (status === 413) return { kind: "too-large", message };
  return { kind: status === 408 || status === 429 || status >= 500 ? "unavailable" : "failed", message };
}
