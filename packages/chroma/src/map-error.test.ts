import {
  ChromaClientError,
  ChromaConnectionError,
  ChromaForbiddenError,
  ChromaNotFoundError,
  ChromaRateLimitError,
  ChromaServerError,
  ChromaUnauthorizedError,
} from "chromadb";
import { expect, it } from "vitest";
import { mapError } from "./map-error.ts";

// As the client makes them; a server that refuses or is full cannot be had here.
it.each([
  [new ChromaConnectionError("Failed to connect"), "STORE_FAILURE", true],
  [new ChromaServerError("database is locked"), "STORE_FAILURE", true],
  [new ChromaServerError("(code: 13) database or disk is full"), "STORAGE_FULL", true],
  [new ChromaRateLimitError("Rate limit exceeded"), "STORE_FAILURE", true],
  [new ChromaUnauthorizedError("Unauthorized"), "STORE_FAILURE", false],
  [new ChromaForbiddenError("no"), "STORE_FAILURE", false],
  [new ChromaClientError("Bad request"), "STORE_FAILURE", false],
  [new ChromaNotFoundError("The requested resource could not be found"), "NAMESPACE_NOT_FOUND", false],
])("%s", (error, code, retryable) => {
  expect(mapError(error, "m1_x")).toMatchObject({ code, retryable, cause: error });
});
