import { base32, digest } from "./digest.ts";

declare const brand: unique symbol;

/**
 * The name of a namespace in its backend: `m1_` and 52 characters of `[a-z2-7]`. Only core derives one, from
 * the owner's full id by SHA-256, so that no prefix, separator, glob, case or truncation makes two owners one.
 */
export type NamespaceKey = string & { readonly [brand]: true };

/** What a namespace is for: the list of organizations, one organization, or the only tenant. */
type NamespaceKind = "directory" | "organization" | "single";

/** The identity that a key is derived from. */
export interface NamespaceIdentity {
  readonly kind: NamespaceKind;
  /** Separates deployments that share a backend. */
  readonly deployment: string;
  /** The organization's id in full, empty for the other kinds. */
  readonly orgId: string;
  /** Which of the organization's namespaces: the step at which it was onboarded, or a random number from 2^32 on. */
  readonly generation: number;
}

/** Derives the key of a namespace. Every call of an organization asks for the same few. */
export function namespaceKey(identity: NamespaceIdentity): NamespaceKey {
  const { kind, deployment, orgId, generation } = identity;
  const name = `${kind} ${generation} ${deployment.length} ${deployment} ${orgId}`;
  const known = knownKeys.get(name);
  if (known !== undefined) return known;
  if (knownKeys.size >= mostKnownKeys) knownKeys.clear();
  const key = `m1_${base32(digest(kind, deployment, orgId, String(generation)))}` as NamespaceKey;
  knownKeys.set(name, key);
  return key;
}

const knownKeys = new Map<string, NamespaceKey>();
const mostKnownKeys = 10_000;

/** Whether a string has the form of a namespace key, so that a store can refuse anything else. */
export function isNamespaceKey(value: unknown): value is NamespaceKey {
  return typeof value === "string" && /^m1_[a-z2-7]{52}$/.test(value);
}

/** @throws TypeError for anything but a key that core has made: no path or pattern can be smuggled into a name. */
export function assertNamespaceKey(value: unknown): asserts value is NamespaceKey {
  if (!isNamespaceKey(value)) throw new TypeError("A namespace is named by a key that core has made.");
}
