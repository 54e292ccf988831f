import { describe } from "../util/describe.ts";
import { namesHint } from "../util/nearest-name.ts";
import { fail } from "./fail.ts";

/** The own properties of an untrusted object, each read once. @throws InvalidInputError for any that is not allowed */
export function readFields(value: unknown, allowed: readonly string[], path: string): Map<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    fail(path, `must be an object with ${allowed.join(", ")}, not ${describe(value)}`);
  const fields = new Map<string, unknown>();
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === "symbol" || !allowed.includes(key))
      fail(path, `has the unknown key ${JSON.stringify(String(key))}; ${namesHint(key, allowed)}`);
    const field: unknown = Reflect.get(value, key);
    if (field !== undefined) fields.set(key, field);
  }
  return fields;
}
