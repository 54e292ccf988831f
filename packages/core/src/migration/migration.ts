import type { ErasureReceipt } from "../erasure/receipt.ts";
import type { Counts } from "../guard/audit.ts";
import type { MigrationProgress } from "../input/migration-progress.ts";
import type { VerifiedEmbedder } from "../models/verified-embedder.ts";
import type { Location, NamespaceLocation } from "../tenancy/location.ts";

/**
 * What a migration did.
 * @example
 * ```ts
 * const { memories, copied, paused }: MigrationResult = await acme.move({ to: { region: "eu" } });
 * ```
 */
export interface MigrationResult {
  /** Where the organization is now. */
  readonly region: string;
  readonly cell: string;
  /** How many memories the organization has. */
  readonly memories: number;
  /** How many memories were written to the new namespace. Counts a memory again when it changed during the copy. */
  readonly copied: number;
  /** How long writes waited, in milliseconds. */
  readonly paused: number;
  /** The receipt of the old namespace. Null while that is kept for a revert, and when there was nothing to do. */
  readonly receipt: ErasureReceipt | null;
}

/** What a migration changes for a tenant. */
export interface MigrationPlan {
  /** The kind in the receipt of the old namespace. */
  readonly kind: "move" | "reembed" | "rekey";
  /** The target location. */
  readonly to: Location;
  /** The namespace to revert to. Default: a new one. */
  readonly into?: NamespaceLocation;
  /** Makes the target's vectors; undefined for none. */
  readonly embedder: VerifiedEmbedder | undefined;
  /** Whether the old namespace is kept. */
  readonly keepsPrevious: boolean;
  /** Resumes the migration of another process without waiting for its heartbeat to stop. */
  readonly takeOver: boolean;
  /** Who requested it, for the receipt. */
  readonly actor: string | null;
  readonly onProgress: ((progress: MigrationProgress) => void) | undefined;
}

/** How many memories were found and copied, for an audit event. */
export function countMigrated({ memories, copied }: MigrationResult): Counts {
  return { found: memories, copied };
}
