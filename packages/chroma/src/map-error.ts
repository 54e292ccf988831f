import { LociError, StorageFullError, StoreError } from "@loci/core";
import { NamespaceNotFoundError } from "@loci/core/store";
import {
  ChromaConnectionError,
  ChromaForbiddenError,
  ChromaNotFoundError,
  ChromaQuotaExceededError,
  ChromaRateLimitError,
  ChromaServerError,
  ChromaUnauthorizedError,
} from "chromadb";

const full = /disk is full|no space left/i;

/** Names what the client throws in Loci's own errors. */
export function mapError(error: unknown, namespace: string): unknown {
  if (LociError.isInstance(error) || error instanceof TypeError || !(error instanceof Error)) return error;
  const { message } = error;
  const cause = error;
  const store = { store: "chroma" };
  if (error instanceof ChromaNotFoundError) {
    return new NamespaceNotFoundError(
      `There is no namespace ${namespace} in Chroma.`,
      { namespace },
      { cause },
    );
  }
  if (full.test(message)) {
    return new StorageFullError("Chroma has no room left. Nothing of this call was kept.", {
      cause,
      retryable: true,
    });
  }
  if (error instanceof ChromaConnectionError) {
    return new StoreError(
      `Chroma does not answer: ${message} Is it running (chroma run), and is this its address?`,
      store,
      { cause, retryable: true },
    );
  }
  if (error instanceof ChromaUnauthorizedError || error instanceof ChromaForbiddenError) {
    return new StoreError(`Chroma refuses: ${message} Check the headers that carry the token.`, store, {
      cause,
    });
  }
  const retryable =
    error instanceof ChromaRateLimitError ||
    error instanceof ChromaServerError ||
    error instanceof ChromaQuotaExceededError;
  return new StoreError(`Chroma failed: ${message}`, store, { cause, retryable });
}
