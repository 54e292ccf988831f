import { LociError, StorageFullError, StoreError, UnsupportedError } from "@loci/core";
import { NamespaceNotFoundError } from "@loci/core/store";

const full = /no space left|disk.*full|out of disk/i;

/** Names what the client throws in Loci's own errors. */
export function mapError(error: unknown, namespace: string): unknown {
  if (LociError.isInstance(error) || !(error instanceof Error)) return error;
  const { status, data } = error as Error & { status?: number; data?: { status?: { error?: unknown } } };
  const cause = error;
  const store = { store: "qdrant" };
  if (status === undefined) {
    // The client's own refusals of our arguments are bugs, and the network's are TypeErrors with a cause.
    if (error instanceof TypeError && error.cause === undefined) return error;
    return new StoreError(
      `Qdrant does not answer: ${error.cause instanceof Error ? error.cause.message : error.message}. Is it running, and is this its address?`,
      store,
      { cause, retryable: true },
    );
  }
  const said = typeof data?.status?.error === "string" ? data.status.error : error.message;
  if (status === 404 && said.includes(namespace)) {
    return new NamespaceNotFoundError(
      `There is no namespace ${namespace} in Qdrant.`,
      { namespace },
      { cause },
    );
  }
  if (full.test(said)) {
    return new StorageFullError("Qdrant has no room left on its disk.", { cause, retryable: true });
  }
  if (status === 401 || status === 403) {
    return new StoreError(`Qdrant refuses: ${said}. Check apiKey and its rights.`, store, { cause });
  }
  if (status === 400 && said.includes("unknown field `metadata`")) {
    return new UnsupportedError("This Qdrant is older than 1.16: update it.", { cause });
  }
  const retryable = status === 408 || status === 429 || status >= 500;
  return new StoreError(`Qdrant failed: ${said}`, store, { cause, retryable });
}
