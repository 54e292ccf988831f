import type { Inference } from "../extraction/inference.ts";
import type { Reranker } from "../models/reranker.ts";
import type { VerifiedEmbedder } from "../models/verified-embedder.ts";
import type { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import type { ParsedScope } from "../scope/parse-scope.ts";
import type { KeyedLock } from "../util/keyed-lock.ts";
import type { ExpirySchedule } from "./expiry-schedule.ts";
import type { LastMessages } from "./last-messages.ts";

/** What one operation may use: its tenant's namespace, its region's models, and its scope. */
export interface OperationContext {
  readonly namespace: VerifiedNamespace;
  /** The namespace before a re-embedding, while a revert is possible. Deletions apply to it too. */
  readonly previousNamespace: VerifiedNamespace | undefined;
  readonly scope: ParsedScope;
  readonly embedder: VerifiedEmbedder | undefined;
  readonly inference: Inference | undefined;
  readonly reranker: Reranker | undefined;
  readonly locks: KeyedLock;
  readonly lastMessages: LastMessages;
  readonly expiry: ExpirySchedule;
  readonly signal: { readonly signal?: AbortSignal };
}
