import {
  ChromaClientError,
  ChromaConnectionError,
  ChromaForbiddenError,
  ChromaNotFoundError,
  ChromaRateLimitError,
  ChromaServerError,
  ChromaUnauthorizedError,
  ChromaUniqueError,
} from "chromadb";
import { expect, it } from "vitest";
import { classify } from "./classify.ts";

// As the client makes them; a server that refuses or is full cannot be had here.
it.each([
  [new ChromaConnectionError("Failed to connect"), "unavailable"],
  [new ChromaServerError("database is locked"), "unavailable"],
  [{ name: "ChromaServerError", message: "database is locked" }, "unavailable"],
  [new ChromaServerError("(code: 13) database or disk is full"), "full"],
  [new ChromaServerError("413: Payload Too Large"), "too-large"],
  [new ChromaServerError("(code: 1) too many SQL variables"), "failed"],
  [new ChromaRateLimitError("Rate limit exceeded"), "unavailable"],
  [new ChromaUnauthorizedError("Unauthorized"), "failed"],
  [new ChromaForbiddenError("no"), "failed"],
  [new ChromaClientError("Bad request"), "failed"],
  [new ChromaNotFoundError("The requested resource could not be found"), "missing"],
  [new ChromaUniqueError("The resource already exists"), "exists"],
  [new DOMException("No answer in 5 milliseconds.", "TimeoutError"), "unavailable"],
])("%s", (error, kind) => {
  expect(classify(error)).toMatchObject({ kind });
});

it("leaves alone what is no error of Chroma's", () => {
  for (const error of [new TypeError("records is not iterable"), "a text", undefined])
    expect(classify(error)).toBeUndefined();
});
