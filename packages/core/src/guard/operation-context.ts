import type { Inference } from "../extraction/inference.ts";
import type { Reranker } from "../models/reranker.ts";
import type { VerifiedEmbedder } from "../models/verified-embedder.ts";
import type { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import type { ParsedScope } from "../scope/parse-scope.ts";
import type { Steps } from "../util/steps.ts";
import type { Turns } from "../util/turns.ts";
import type { ExpirySchedule } from "./expiry-schedule.ts";
import type { LastMessages } from "./last-messages.ts";
import type { WriteLog } from "./write-log.ts";

/** What one operation may use: its tenant's namespace, its region's models, and its scope. */
export interface OperationContext {
  readonly namespace: VerifiedNamespace;
  /** The namespace before a re-embedding, while a revert is possible. Deletions apply to it too. */
  readonly previousNamespace: VerifiedNamespace | undefined;
  readonly scope: ParsedScope;
  readonly embedder: VerifiedEmbedder | undefined;
  readonly inference: Inference | undefined;
  readonly reranker: Reranker | undefined;
  readonly turns: Turns;
  readonly lastMessages: LastMessages;
  readonly expiry: ExpirySchedule;
  readonly signal: { readonly signal?: AbortSignal };
  /** Whose days are meant. */
  readonly timeZone: string;
  /** Vectors that were made during an operation that may be repeated, by what was embedded. */
  readonly vectors?: Map<string, Float32Array>;
  /** What the operation has written. */
  readonly steps: Steps;
  readonly log: WriteLog;
  /**
   * The operation where its tenant is now. Asked before each step that reads and writes: a model may have thought for longer than
   * a process may rely on what it knows of the tenant.
   * @param lost a namespace that is not there any more
   */
  readonly current: (lost?: VerifiedNamespace) => Promise<OperationContext>;
}
