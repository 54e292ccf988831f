import type { Metadata } from "@loci/core";

/** A memory of mem0, from either kind of source. */
export interface Mem0Memory {
  readonly id: string;
  readonly text: string;
  readonly userId?: string;
  readonly agentId?: string;
  readonly runId?: string;
  /** ISO 8601. */
  readonly createdAt?: string;
  /** mem0's expiration date, in ISO 8601. */
  readonly expiresAt?: string;
  readonly metadata: Metadata;
}

/** One entry of a source: a memory, or why it cannot be read. */
export type Mem0Item = { readonly memory: Mem0Memory } | { readonly id: string; readonly problem: string };

/** Fields that mem0 adds to an application's metadata, in both spellings. */
const own = new Set([
  ...["id", "memory", "data", "hash", "text_lemmatized", "textLemmatized", "metadata", "score", "categories"],
  ...["user_id", "agent_id", "run_id", "userId", "agentId", "runId", "app_id", "org_id", "project_id"],
  ...[
    "created_at",
    "updated_at",
    "createdAt",
    "updatedAt",
    "expiration_date",
    "expirationDate",
    "attributed_to",
    "linked_memory_ids",
  ],
]);

/** Parses one of mem0's objects: an exported memory, or the payload of a row with its id. */
export function parseMem0(value: unknown, fallbackId: string): Mem0Item {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { id: fallbackId, problem: "is not an object" };
  const fields = value as Readonly<Record<string, unknown>>;
  const text = (name: string, other: string) => {
    const found = fields[name] ?? fields[other];
    return typeof found === "string" && found !== "" ? found : undefined;
  };
  const id = text("id", "id") ?? fallbackId;
  const memory = text("memory", "data");
  if (memory === undefined) return { id, problem: "has no text" };
  const [userId, agentId, runId, createdAt, expiresAt] = [
    text("user_id", "userId"),
    text("agent_id", "agentId"),
    text("run_id", "runId"),
    text("created_at", "createdAt"),
    text("expiration_date", "expirationDate"),
  ];
  const others = Object.entries(fields).filter(([name]) => !own.has(name));
  return {
    memory: {
      id,
      text: memory,
      ...(userId === undefined ? {} : { userId }),
      ...(agentId === undefined ? {} : { agentId }),
      ...(runId === undefined ? {} : { runId }),
      ...(createdAt === undefined ? {} : { createdAt: toIso(createdAt) }),
      ...(expiresAt === undefined ? {} : { expiresAt: toIso(expiresAt) }),
      metadata: { ...Object.fromEntries(others), ...(fields.metadata as object | null) } as Metadata,
    },
  };
}

/** Python and PostgreSQL write a space instead of the T, and an offset of hours alone. */
function toIso(time: string): string {
  return time.replace(/^(\d{4}-\d{2}-\d{2}) (?=\d)/, "$1T").replace(/(:\d{2}(?:\.\d+)?[+-]\d{2})$/, "$1:00");
}
