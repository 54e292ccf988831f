import { fail } from "./fail.ts";

/** The own properties of an untrusted object, each read once, none but those allowed. */
export function readFields(value: object, allowed: readonly string[], path: string): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === "symbol" || !allowed.includes(key)) {
      fail(path, `has the unknown key ${JSON.stringify(String(key))}; there are ${allowed.join(", ")}`);
    }
    const field: unknown = Reflect.get(value, key);
    if (field !== undefined) fields.set(key, field);
  }
  return fields;
}
