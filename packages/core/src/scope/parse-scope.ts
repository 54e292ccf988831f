import { InvalidScopeError } from "../errors/invalid-scope-error.ts";
import { describe } from "../util/describe.ts";
import { namesHint } from "../util/nearest-name.ts";
import { readPlainObject } from "../util/read-plain-object.ts";
import type { InnerScope, Scope, Tenancy } from "./scope.ts";
import type { Tenant } from "./tenant.ts";

const innerKeys = ["userId", "agentId", "runId"] as const;
/** The keys of a scope, of an organization or inside one. */
export const scopeKeys: readonly string[] = ["orgId", ...innerKeys];

/** The maximum length of an identifier in UTF-8 bytes. */
const maxIdentifierBytes = 256;
const encoder = new TextEncoder();

/**
 * Validates an untrusted scope and freezes it. Identifiers are never trimmed, folded or coerced.
 * @throws InvalidScopeError
 */
export function parseScope(entries: ReadonlyMap<PropertyKey, unknown>, tenancy: Tenancy): ParsedScope {
  for (const key of entries.keys()) {
    if (!(scopeKeys as readonly PropertyKey[]).includes(key)) throw unknownKey(key, tenancy);
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

/** The keys of a scope with this tenancy. */
export function scopeKeysOf(tenancy: Tenancy): readonly string[] {
  return tenancy === "single" ? innerKeys : scopeKeys;
}

/** Reads an untrusted scope, or a scope and options in one object. @throws InvalidScopeError for no plain object */
export function readScope(value: unknown, tenancy: Tenancy): ReadonlyMap<PropertyKey, unknown> {
  const example = tenancy === "single" ? '{ userId: "alice" }' : '{ orgId: "acme" }';
  return readPlainObject(
    value,
    (problem) => new InvalidScopeError(`scope ${problem}. Give one such as ${example}.`),
  );
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

/** Why a string cannot name anything of an application's own, undefined where it can. */
export function identifierProblem(value: string): string | undefined {
  if (value === "") return "is empty";
  if (/^\s+$/u.test(value)) return "is blank";
  if (value === "*") return 'is "*", but there are no wildcards: name one, or leave the key out';
  if (!value.isWellFormed()) return "has a lone surrogate, which UTF-8 cannot encode";
  if (/\p{Cc}/u.test(value)) return "contains a control character";
  if (value !== value.normalize("NFC"))
    return 'is not in Unicode NFC; call .normalize("NFC") where it enters your system';
  if (value.length > maxIdentifierBytes / 3 && encoder.encode(value).length > maxIdentifierBytes)
    return `is longer than ${maxIdentifierBytes} UTF-8 bytes`;
  return undefined;
}

/** The error for a key that is none of a scope's. */
function unknownKey(key: PropertyKey, tenancy: Tenancy): InvalidScopeError {
  return new InvalidScopeError(
    `A scope has no key ${JSON.stringify(String(key))}; ${namesHint(key, scopeKeysOf(tenancy))}.`,
  );
}
