import type { NamespaceKey, StoreFailure } from "@loci/core/store";
import { StrangeAnswerError } from "./connection.ts";

const full = /no space left|disk.*full|out of disk/i;

const stranger =
  "What answers is not Qdrant. Check the url, and whether a proxy in between asks for a login.";

/** What an error of the client means. Its answers have a status, and its network's are TypeErrors with a cause. */
export function classify(error: unknown, key: NamespaceKey): StoreFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { status, data } = error as Error & { status?: number; data?: { status?: { error?: unknown } } };
  if (error.name === "TimeoutError")
    return { kind: "unavailable", message: `Qdrant does not answer: ${error.message}` };
  if (error instanceof StrangeAnswerError || /^Unexpected token '<'/.test(error.message))
    return { kind: "failed", message: stranger };
  if (error.name === "SyntaxError")
    return { kind: "unavailable", message: "The answer of Qdrant was cut before its end." };
  if (status === undefined) {
    // The client's own refusals of our arguments are bugs.
    if (error instanceof TypeError && error.cause === undefined) return undefined;
    const reason = error.cause instanceof Error ? error.cause.message : error.message;
    const message = `Qdrant does not answer: ${reason}. Is it running, and is this its address?`;
    return { kind: "unavailable", message };
  }
  const said = typeof data?.status?.error === "string" ? data.status.error : error.message;
  const message = `Qdrant failed: ${said}`;
  if (status === 404 && said.includes(key)) return { kind: "missing" };
  if (status === 409) return { kind: "exists", message };
  if (/larger than allowed/.test(said)) return { kind: "too-large", message };
  if (full.test(said)) return { kind: "full", message: "Qdrant has no room left on its disk." };
  if (status === 401 || status === 403)
    return { kind: "failed", message: `Qdrant refuses: ${said}. Check apiKey and its rights.` };
  if (status === 400 && said.includes("unknown field `metadata`"))
    return { kind: "unsupported", message: "This Qdrant is older than 1.16: update it." };
  return { kind: status === 408 || status === 429 || status >= 500 ? "unavailable" : "failed", message };
}
