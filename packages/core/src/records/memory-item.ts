import type { Metadata } from "../filter/metadata.ts";
import type { Role } from "../input/role.ts";
import { type Source, sourceOf } from "../input/source.ts";
import type { Scope } from "../scope/scope.ts";
import type { Tenant } from "../scope/tenant.ts";
import type { MemoryRecord } from "./memory-record.ts";

/**
 * A memory, as an application sees it.
 * @example
 * ```ts
 * const item: MemoryItem | null = await alice.get(id);
 * console.log(item?.text, item?.validFrom);
 * ```
 */
export interface MemoryItem {
  readonly id: string;
  readonly text: string;
  /** The application's own name for it at its scope, when `add` was given one. */
  readonly key?: string;
  /** The exact scope that it was written at. */
  readonly scope: Partial<Scope>;
  readonly metadata: Metadata;
  /** The author's role, when it is a message or comes from one. */
  readonly role?: Role;
  /** The speaker's name, when the message had one. */
  readonly name?: string;
  /** Where it comes from. A fact has the source of what it was drawn from. */
  readonly source: Source;
  /** The language model and extractor that inferred it from a conversation; absent for a message stored raw. */
  readonly inferredBy?: string;
  /** True for a message that was stored raw because no facts could be extracted; see `extractPending`. */
  readonly pending?: true;
  /** When it was stored. */
  readonly createdAt: Date;
  /** When it was last changed. */
  readonly updatedAt: Date;
  /** Since when it is valid: the message's own time, if it had one. */
  readonly validFrom: Date;
  /** Until when it was valid, once another memory replaced it or a conversation ended it. */
  readonly validTo?: Date;
  /** When reads stop returning it. */
  readonly expiresAt?: Date;
  /** The memory that it replaced. */
  readonly supersedes?: string;
  /** The memory that replaced it. */
  readonly supersededBy?: string;
  /** Counts its edits, from 1. */
  readonly revision: number;
}

/** The memory as the application sees it, with the text that it had at `asOf`. */
export function toMemoryItem(
  { id, scopeKey, payload }: MemoryRecord,
  tenant: Tenant,
  asOf?: number,
): MemoryItem {
  const held = asOf === undefined ? payload.revisions : payload.revisions.filter(({ at }) => at <= asOf);
  // A message is valid from its own time, which may be earlier than the time of storing.
  const revision = held.at(-1) ?? payload.revisions[0];
  return {
    id,
    text: revision.text,
    ...(payload.key === undefined ? {} : { key: payload.key }),
    scope: {
      ...(tenant.kind === "organization" ? { orgId: tenant.orgId } : {}),
      ...(scopeKey.user ? { userId: scopeKey.user } : {}),
      ...(scopeKey.agent ? { agentId: scopeKey.agent } : {}),
      ...(scopeKey.run ? { runId: scopeKey.run } : {}),
    },
    metadata: revision.metadata,
    ...(payload.role ? { role: payload.role } : {}),
    ...(payload.name ? { name: payload.name } : {}),
    source: sourceOf(payload),
    ...(payload.inferredBy ? { inferredBy: payload.inferredBy } : {}),
    ...(payload.pending ? { pending: payload.pending } : {}),
    createdAt: new Date(payload.createdAt),
    updatedAt: new Date(revision.at),
    validFrom: new Date(payload.validFrom),
    ...(payload.validTo === undefined ? {} : { validTo: new Date(payload.validTo) }),
    ...(payload.expiresAt === undefined ? {} : { expiresAt: new Date(payload.expiresAt) }),
    ...(payload.supersedes ? { supersedes: payload.supersedes } : {}),
    ...(payload.supersededBy ? { supersededBy: payload.supersededBy } : {}),
    revision: held.length > 1 ? held.length + (payload.dropped ?? 0) : 1,
  };
}

/**
 * One page of memories.
 * @example
 * ```ts
 * const { memories, cursor }: MemoryPage = await alice.list({ limit: 20 });
 * ```
 */
export interface MemoryPage {
  /** From newest to oldest. */
  readonly memories: readonly MemoryItem[];
  /** Where the next page starts; absent on the last page. */
  readonly cursor?: string;
}
