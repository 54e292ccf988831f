import type { ErasureReceipt, LedgerEntry } from "@loci/core";

/** One call of an application, as data: what a story consists of, and what goes to another process. */
export interface Call {
  readonly name: CallName;
  readonly orgId: string;
  /** The scope; absent for what the organization shares. */
  readonly userId?: string;
  /** What is added, or set by an update, or searched for. */
  readonly canaries?: readonly number[];
  /** The memory that is meant. */
  readonly id?: string;
  /** Of an add: the key that its one text is kept under. */
  readonly key?: string;
  /** Of an add: whether its texts are messages of a conversation. */
  readonly isConversation?: boolean;
  /** Of an add: whether the language model makes facts of them. */
  readonly infer?: boolean;
  /** Of an add: in how many milliseconds they expire. */
  readonly expiresIn?: number;
  /** Of an update: whether the memory does not expire any more. */
  readonly keeps?: boolean;
  /** Of an import: the dump, and which canaries are in it. */
  readonly dump?: string;
  readonly from?: string;
  readonly conflicts?: "keep" | "overwrite" | "refuse";
  /** Of a move: where to. */
  readonly cell?: string;
  /** Of a re-embedding: the name of the embedder. */
  readonly embedder?: string;
  /** Of a migration: whether it takes over what another process began. */
  readonly takeOver?: boolean;
}

const writes = ["add", "update", "import"] as const;
export const erasures = ["delete", "deleteAll", "forget", "offboard"] as const;
export const migrations = [
  "move",
  "reembed",
  "rotateKey",
  "cancelMigration",
  "confirm",
  "revert",
  "onboard",
] as const;
export const reads = [
  "search",
  "context",
  "list",
  "get",
  "history",
  "export",
  "planOffboarding",
  "namespaces",
  "receipts",
] as const;
export type CallName =
  | (typeof writes)[number]
  | (typeof erasures)[number]
  | (typeof migrations)[number]
  | (typeof reads)[number];

/** A text that a call showed. */
export interface Sighting {
  readonly canary: number;
  /** The memory, where the call named it. */
  readonly id?: string;
  readonly userId?: string;
  /** The key that the memory has. */
  readonly key?: string;
  readonly as: "current" | "former" | "context" | "dump";
  /** Whether its time was over on the clock of the process that showed it, when the call began. */
  readonly isExpired?: boolean;
}

/** What a call came to. */
export type Answer =
  | {
      readonly outcome: "done";
      readonly sightings: readonly Sighting[];
      /** Of an add: the ids of its memories. */
      readonly ids?: Readonly<Record<number, string>>;
      readonly receipt?: ErasureReceipt;
      /** Of a deletion: whether it names the copy of a migration as left. */
      readonly leavesCopy?: boolean;
      /** Of a plan: the namespace that the organization uses. */
      readonly namespace?: string;
      /** Of a list of namespaces: their names, and whether each was struck out. */
      readonly listed?: Readonly<Record<string, "there" | "gone">>;
      readonly ledger?: readonly LedgerEntry[];
      readonly dump?: string;
    }
  | {
      readonly outcome: "failed" | "aborted";
      readonly code?: string;
      readonly retryable?: boolean;
      readonly message: string;
      /** Whether it is an error of Loci, or the reason of the abort. */
      readonly isTyped: boolean;
    };

/** A call in a few words. */
export function describeCall(call: Call): string {
  const { name, orgId, userId, canaries, id, dump, ...others } = call;
  const details = Object.entries(others).map(([key, value]) => `${key}: ${value}`);
  return [
    `${name} at ${orgId}${userId ? `/${userId}` : ""}`,
    canaries ? `text ${canaries.join(", ")}` : "",
    id ? `memory ${id.slice(0, 6)}` : "",
    ...details,
  ]
    .filter(Boolean)
    .join(", ");
}
