import { InvalidScopeError } from "../errors/invalid-scope-error.ts";
import type { InnerScope, Scope, Tenancy } from "./scope.ts";
import type { Tenant } from "./tenant.ts";

const innerKeys = ["userId", "agentId", "runId"] as const;
const scopeKeys: readonly string[] = ["orgId", ...innerKeys];

/** The maximum length of an identifier in UTF-8 bytes. */
const maxIdentifierBytes = 256;
const encoder = new TextEncoder();

/**
 * Validates an untrusted scope and freezes it. Identifiers are never trimmed, folded or coerced.
 * @throws InvalidScopeError
 */
export function parseScope(entries: ReadonlyMap<PropertyKey, unknown>, tenancy: Tenancy): ParsedScope {
  for (const key of entries.keys()) {
    if (!isScopeKey(key)) throw new InvalidScopeError(unknownKey(key));
  }
  const inner: Record<string, string> = {};
  for (const key of innerKeys) {
    if (entries.has(key)) inner[key] = parseIdentifier(entries.get(key), key);
  }
  return Object.freeze({ tenant: parseTenant(entries, tenancy), inner: Object.freeze(inner) });
}

/** A validated scope: its tenant, and the frozen levels inside it. */
export interface ParsedScope {
  readonly tenant: Tenant;
  readonly inner: InnerScope;
}

/** The scope as the application gave it, frozen. */
export function scopeOf({ tenant, inner }: ParsedScope): Readonly<Partial<Scope>> {
  return Object.freeze({ ...(tenant.kind === "organization" ? { orgId: tenant.orgId } : {}), ...inner });
}

/** Whether a key of the flat call form belongs to the scope rather than to the options. */
export function isScopeKey(key: PropertyKey): boolean {
  return typeof key === "string" && scopeKeys.includes(key);
}

/**
 * Reads each own property of an untrusted object once, accessors included. What was validated is then what is used.
 * @throws InvalidScopeError for anything but a plain object
 */
export function readOnce(value: unknown, where: string): Map<PropertyKey, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidScopeError(
      `${where} must be an object such as { orgId: "acme" }, not ${describe(value)}.`,
    );
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new InvalidScopeError(`${where} must be a plain object, not an instance of a class.`);
  }
  return new Map(Reflect.ownKeys(value).map((key) => [key, Reflect.get(value, key)]));
}

function parseTenant(entries: ReadonlyMap<PropertyKey, unknown>, tenancy: Tenancy): Tenant {
  if (tenancy === "single") {
    if (entries.has("orgId")) {
      throw new InvalidScopeError(
        'orgId is not accepted with tenancy "single": leave it out, or use tenancy "multi".',
      );
    }
    return Object.freeze({ kind: "single", orgId: "" });
  }
  if (!entries.has("orgId")) {
    throw new InvalidScopeError(
      'orgId is missing: every call names its organization, as in { orgId: "acme" }.',
    );
  }
  return Object.freeze({ kind: "organization", orgId: parseIdentifier(entries.get("orgId"), "orgId") });
}

function parseIdentifier(value: unknown, key: string): string {
  if (typeof value !== "string") {
    const hint = value === undefined ? "; leave the key out to mean the level above" : "";
    throw new InvalidScopeError(
      `${key} must be a string, not ${describe(value)}${key === "orgId" ? "" : hint}.`,
    );
  }
  const problem = identifierProblem(value);
  if (problem) throw new InvalidScopeError(`${key} ${problem}.`);
  return value;
}

function identifierProblem(value: string): string | undefined {
  if (value === "") return "is empty";
  if (/^\s+$/u.test(value)) return "is blank";
  if (value === "*") return 'is "*", but there are no wildcards: name one, or leave the key out';
  if (!value.isWellFormed()) return "has a lone surrogate, which UTF-8 cannot encode";
  if (/\p{Cc}/u.test(value)) return "contains a control character";
  if (value !== value.normalize("NFC"))
    return 'is not in Unicode NFC; call .normalize("NFC") where it enters your system';
  if (encoder.encode(value).length > maxIdentifierBytes)
    return `is longer than ${maxIdentifierBytes} UTF-8 bytes`;
  return undefined;
}

/** Names the type of an untrusted value for an error message, without its content. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : typeof value;
}

function unknownKey(key: PropertyKey): string {
  const known = scopeKeys.join(", ");
  return `Unknown key ${JSON.stringify(String(key))} in the scope. A scope has the keys ${known}; an option needs its exact name.`;
}
