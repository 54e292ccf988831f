import type { LociError } from "../errors/loci-error.ts";
import { VerifiedEmbedder } from "./verified-embedder.ts";

/** Stands where an embedder is missing: what needs no vectors works without one, and what needs them is told why there are none. */
export function refusingEmbedder(error: LociError): VerifiedEmbedder {
  const refuse = () => Promise.reject(error);
  const never = { delays: [], isTransient: () => false };
  return new VerifiedEmbedder(
    { specVersion: 1, id: "none", maxBatch: 1, describe: refuse, embed: refuse },
    never,
  );
}
