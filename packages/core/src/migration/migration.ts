import type { ErasureReceipt } from "../erasure/receipt.ts";
import type { MigrationProgress } from "../input/progress.ts";
import type { VerifiedEmbedder } from "../models/verified-embedder.ts";
import type { Location } from "../tenancy/location.ts";

/** What a migration did. */
export interface MigrationResult {
  /** Where the organization is now. */
  readonly region: string;
  readonly cell: string;
  /** How many memories it has. */
  readonly memories: number;
  /** How many were written to the new namespace, those included that changed meanwhile and were written again. */
  readonly copied: number;
  /** For how long writes had to wait, in milliseconds. */
  readonly paused: number;
  /** Of the old namespace, once it was dropped; null while it is kept to go back to, and where there was nothing to do. */
  readonly receipt: ErasureReceipt | null;
}

/** What is to become of a tenant's memories. */
export interface MigrationPlan {
  /** What it says in the receipt of the old namespace. */
  readonly kind: "move" | "reembed" | "rekey";
  /** Where to. */
  readonly to: Location;
  /** The namespace to go back to; a new one where none is said. */
  readonly generation?: number;
  /** Makes the vectors there; undefined for none. */
  readonly embedder: VerifiedEmbedder | undefined;
  /** Whether the old namespace stays. */
  readonly keepsPrevious: boolean;
  /** Goes on with what another process began, without waiting until it is not heard of any more. */
  readonly takeOver: boolean;
  /** Who does it, for the receipt. */
  readonly actor: string | null;
  readonly onProgress: ((progress: MigrationProgress) => void) | undefined;
}
