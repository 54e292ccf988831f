import { identifierProblem } from "../scope/parse-scope.ts";
import { describe } from "../util/describe.ts";
import { readUntrusted } from "../util/read-untrusted.ts";
import { fail } from "./fail.ts";
import { readFields } from "./read-fields.ts";
import { parseId } from "./text.ts";

/**
 * Names one memory: by its id, or by the key that the application gave it.
 * @example
 * ```ts
 * const name: IdOrKey = { key: "preferences/language" };
 * await alice.add("German", name);
 * console.log((await alice.get(name))?.text); // German
 * ```
 */
export type IdOrKey = string | { readonly key: string };

/** @throws InvalidInputError for anything but an id, or an object with a key */
export function parseIdOrKey(value: unknown): IdOrKey {
  return readUntrusted("id", () => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return parseId(value);
    return { key: parseKey(readFields(value, ["key"], "id").get("key"), "key") };
  });
}

/** @throws InvalidInputError for anything but a string that could be the id of a user */
export function parseKey(value: unknown, path: string): string {
  if (typeof value !== "string") fail(path, `must be a string, not ${describe(value)}`);
  const problem = identifierProblem(value);
  return problem ? fail(path, problem) : value;
}
