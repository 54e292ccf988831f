import { noExpiry } from "../filter/filter.ts";
import { fail } from "../input/fail.ts";
import { oneOf } from "../input/option-parsers.ts";
import { describe } from "../util/describe.ts";
import type { HistoryEvent, MemoryPayload, Revision } from "./memory-record.ts";

/**
 * Checks that a value has the form of a payload. What its texts, ids and metadata hold is not checked.
 * @throws InvalidInputError
 */
export function assertPayload(value: unknown): asserts value is MemoryPayload {
  assertParts(value, payloadParts, "memory");
}

/** The parts of a payload, each with the check of its form. The compiler asks for every part here. */
export const payloadParts: Parts<MemoryPayload> = {
  version: required((value, path) => {
    if (value !== 1) fail(path, `must be 1, not ${typeof value === "number" ? value : describe(value)}`);
  }),
  role: optional(oneOf("user", "assistant", "system", "tool")),
  name: optional(assertString),
  inferredBy: optional(assertString),
  pending: optional((value, path) => {
    if (value !== true) fail(path, "must be true, or left out");
  }),
  createdAt: required(moment(0)),
  validFrom: required(moment(-noExpiry)),
  validTo: optional(moment(-noExpiry)),
  expiresAt: optional(moment(-noExpiry)),
  supersedes: optional(assertString),
  supersededBy: optional(assertString),
  previous: optional(assertString),
  next: optional(assertString),
  revisions: required((value, path) => {
    if (!Array.isArray(value) || value.length === 0)
      fail(path, "must be a list of at least one revision, the current one last");
    for (const [index, revision] of value.entries())
      assertParts(revision, revisionParts, `${path}[${index}]`);
  }),
};

/** The parts of a revision, each with the check of its form. */
export const revisionParts: Parts<Revision> = {
  event: required(oneOf<HistoryEvent>("added", "updated", "superseded", "closed")),
  at: required(moment(0)),
  text: required(assertString),
  metadata: required(assertObject),
};

type Check = (value: unknown, path: string) => void;
type Parts<T> = { readonly [Part in keyof Required<T>]: Check };

function assertParts(value: unknown, parts: Readonly<Record<string, Check>>, path: string): void {
  assertObject(value, path);
  for (const [part, check] of Object.entries(parts))
    check(Object.hasOwn(value, part) ? Reflect.get(value, part) : undefined, `${path}.${part}`);
}

function required(check: Check): Check {
  return (value, path) => (value === undefined ? fail(path, "is missing") : check(value, path));
}

function optional(check: Check): Check {
  return (value, path) => (value === undefined ? undefined : check(value, path));
}

function assertString(value: unknown, path: string): void {
  if (typeof value !== "string") fail(path, `must be a string, not ${describe(value)}`);
}

function assertObject(value: unknown, path: string): asserts value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    fail(path, `must be an object, not ${describe(value)}`);
}

/** A check for milliseconds since 1970, up to the last moment of a Date. */
function moment(first: number): Check {
  return (value, path) => {
    if (typeof value !== "number") fail(path, `must be milliseconds since 1970, not ${describe(value)}`);
    if (!Number.isInteger(value) || value < first || value > noExpiry)
      fail(path, `must be a whole number of milliseconds from ${first} to ${noExpiry}`);
  };
}
