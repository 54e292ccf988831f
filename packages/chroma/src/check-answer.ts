import { StoreError } from "@loci/core";

/**
 * Reads an answer to its end, and refuses what Chroma has not said: half a body, or the page of a proxy that asks for a login. The
 * client takes the second for an answer, and for a successful write.
 * @throws StoreError
 */
export async function checkAnswer(response: Response): Promise<Response> {
  if (!response.ok) return response;
  const body = await response.text().catch((cause: unknown) => {
    throw cutError(cause);
  });
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch (cause) {
    throw /^([{[\d]|$)/.test(body) ? cutError(cause) : strangerError();
  }
  if (!isAnswer(answer)) throw strangerError();
  return new Response(body, response);
}

/** Writes are answered by an empty object, the other requests by a number, or by an object with one of these keys. */
const keys = ["ids", "id", "deleted", "max_batch_size"];

function isAnswer(answer: unknown): boolean {
  if (typeof answer !== "object" || answer === null) return typeof answer === "number";
  return Object.keys(answer).length === 0 || keys.some((key) => Object.hasOwn(answer, key));
}

function cutError(cause: unknown): StoreError {
  const message = "Chroma's answer was cut before its end: the connection, or a proxy, has failed.";
  return new StoreError(message, { store: "chroma" }, { cause, retryable: true });
}

function strangerError(): StoreError {
  const message =
    "What answers is not Chroma. Check host, port and ssl, and whether a proxy in between asks for a login.";
  return new StoreError(message, { store: "chroma" });
}
