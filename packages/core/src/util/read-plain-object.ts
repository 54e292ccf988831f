import { LociError } from "../errors/loci-error.ts";
import { describe } from "./describe.ts";

/**
 * Reads the own properties of an untrusted object once each, accessors included, so that what is checked is what is
 * used.
 * @param refuse makes the error for a value that is no plain object, from what is wrong with it
 */
export function readPlainObject(
  value: unknown,
  refuse: (problem: string) => Error,
): ReadonlyMap<PropertyKey, unknown> {
  try {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw refuse(`must be an object, not ${describe(value)}`);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
      throw refuse("must be a plain object, not an instance of a class");
    return new Map(Reflect.ownKeys(value).map((key) => [key, Reflect.get(value, key)]));
  } catch (error) {
    throw LociError.isInstance(error) ? error : refuse("cannot be read: a getter or a proxy of it throws");
  }
}
