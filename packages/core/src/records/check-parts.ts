import { noExpiry } from "../filter/filter.ts";
import { fail } from "../input/fail.ts";
import { describe } from "../util/describe.ts";

/**
 * Checks the form of an untrusted JSON object, part by part.
 * @throws InvalidInputError
 */
export function assertParts(value: unknown, parts: Readonly<Record<string, Check>>, path: string): void {
  assertObject(value, path);
  for (const [part, check] of Object.entries(parts))
    check(Object.hasOwn(value, part) ? Reflect.get(value, part) : undefined, `${path}.${part}`);
}

/** Checks the form of one part. @throws InvalidInputError */
type Check = (value: unknown, path: string) => void;

/** A check for each part of a type, so that the compiler asks for the part that is added later. */
export type Parts<T> = { readonly [Part in keyof Required<T>]: Check };

export function required(check: Check): Check {
  return (value, path) => (value === undefined ? fail(path, "is missing") : check(value, path));
}

export function optional(check: Check): Check {
  return (value, path) => (value === undefined ? undefined : check(value, path));
}

export function assertString(value: unknown, path: string): void {
  if (typeof value !== "string") fail(path, `must be a string, not ${describe(value)}`);
}

export function assertObject(value: unknown, path: string): asserts value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    fail(path, `must be an object, not ${describe(value)}`);
}

/** A check for milliseconds since 1970, up to the last moment of a Date. */
export function moment(first: number): Check {
  return (value, path) => {
    if (typeof value !== "number") fail(path, `must be milliseconds since 1970, not ${describe(value)}`);
    if (!Number.isInteger(value) || value < first || value > noExpiry)
      fail(path, `must be a whole number of milliseconds from ${first} to ${noExpiry}`);
  };
}
