import { EmbedderMismatchError } from "../errors/embedder-mismatch-error.ts";
import { NamespaceOwnershipError } from "../errors/namespace-ownership-error.ts";
import type { NamespaceIdentity, NamespaceKey } from "./namespace-key.ts";

/** Which model made the vectors of a namespace, and how. */
export interface EmbedderFingerprint {
  /** The model's name. */
  readonly id: string;
  /** Width of every vector. */
  readonly dimensions: number;
  /** Everything else that changes its vectors, such as the digest of its weights and its prefixes. Default: nothing. */
  readonly details?: Readonly<Record<string, string>>;
}

/**
 * How the cosines of a model scatter over texts that have nothing to do with each other. Models differ by a factor of ten: what is
 * near for one is what any two texts have for another.
 */
export interface CosineScatter {
  /** Their mean, -1 to 1. */
  readonly mean: number;
  /** Their standard deviation, 0 to 1. */
  readonly deviation: number;
}

/** Who owns a namespace, kept inside it as data, written when it is created and never changed. */
export interface Manifest extends NamespaceIdentity {
  /** Version of the scheme that names and fills namespaces. */
  readonly scheme: 1;
  /** The embedder whose vectors it holds, null when it holds none. */
  readonly embedder: EmbedderFingerprint | null;
  /** How that embedder's cosines scatter, where it was known when the namespace was created. */
  readonly scatter?: CosineScatter;
  /** Where its memories are encrypted: whose data key that is, as its provider wrapped it. */
  readonly key?: WrappedKey;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** A data key as it is kept beside what it encrypts: its provider alone can open it. */
export interface WrappedKey {
  /** The id of the key provider. */
  readonly provider: string;
  /** What the provider made of the key. */
  readonly wrapped: string;
  /** Encrypted with the key: what goes into the ids of memories. A migration takes it along. */
  readonly idSalt: string;
}

/**
 * Compares a namespace's own word with what was expected of it.
 * @throws NamespaceOwnershipError when it belongs to somebody else.
 */
export function verifyManifest(
  stored: Manifest,
  expected: Pick<Manifest, "scheme" | "kind" | "deployment" | "orgId" | "generation">,
  key: NamespaceKey,
): void {
  if (stored.scheme !== expected.scheme) {
    throw new NamespaceOwnershipError(
      `Namespace ${key} was made by scheme ${stored.scheme}, this version of Loci knows scheme ${expected.scheme}. Use the version that made it.`,
      { namespace: key },
    );
  }
  for (const field of ["kind", "deployment", "orgId", "generation"] as const) {
    if (stored[field] !== expected[field]) {
      throw new NamespaceOwnershipError(
        `Namespace ${key} says that it belongs to another owner (its ${field} differs). Nothing of it was read; find out how it came to be under this name.`,
        { namespace: key },
      );
    }
  }
}

/** The error for vectors that no configured embedder has made. */
export function embedderMismatch(
  was: EmbedderFingerprint,
  is: EmbedderFingerprint | null,
): EmbedderMismatchError {
  const fields = { stored: was.id, configured: is?.id ?? null };
  const change = "call memory.organization(orgId).reembed()";
  const goOn = is ? `change to ${name(is)}` : "do without vectors";
  return new EmbedderMismatchError(
    `This organization's vectors were made by ${name(was)}, and ${name(is)} is configured${difference(was, is) ?? ""}. Vectors of different models cannot be compared: configure ${name(was)} again. To ${goOn}, give new Memory({ formerEmbedders }) with ${name(was)}, and ${change}.`,
    fields,
  );
}

/** Whether two embedders make the same vectors. */
export function sameEmbedder(a: EmbedderFingerprint | null, b: EmbedderFingerprint | null): boolean {
  return difference(a, b) === undefined;
}

/** Undefined where both make the same vectors; else what differs beside their names and widths, in words. */
function difference(was: EmbedderFingerprint | null, is: EmbedderFingerprint | null): string | undefined {
  if (was === null || is === null) return was === is ? undefined : "";
  const names = new Set([...Object.keys(was.details ?? {}), ...Object.keys(is.details ?? {})]);
  const changed = [...names].filter((detail) => was.details?.[detail] !== is.details?.[detail]);
  if (changed.length === 0) return was.id === is.id && was.dimensions === is.dimensions ? undefined : "";
  const show = (embedder: EmbedderFingerprint, detail: string) =>
    JSON.stringify(embedder.details?.[detail] ?? null);
  return ` (${changed.map((detail) => `its ${detail} was ${show(was, detail)} and is ${show(is, detail)}`).join("; ")})`;
}

function name(embedder: EmbedderFingerprint | null): string {
  return embedder ? `embedder "${embedder.id}" (${embedder.dimensions} dimensions)` : "no embedder";
}
