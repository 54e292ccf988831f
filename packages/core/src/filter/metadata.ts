import { InvalidMetadataError } from "../errors/invalid-metadata-error.ts";
import { describe } from "../util/describe.ts";
import type { FieldScalar, FieldValue } from "./filter.ts";

/**
 * An application's own data on a memory: a JSON object of at most 16 KiB. Filters can use strings, numbers, booleans
 * and lists of them at the top level. Deeper values and nulls are only stored and returned.
 * @example
 * ```ts
 * const metadata: Metadata = { source: "chat", tags: ["home"], score: 0.8 };
 * await alice.add("I moved to Berlin", { metadata });
 * ```
 */
export type Metadata = { readonly [key: string]: JsonValue };

/** A JSON value. */
type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

const maxBytes = 16_384;
const maxDepth = 8;
const maxKeyBytes = 128;
const forbiddenKeys = ["__proto__", "constructor", "prototype"];
const encoder = new TextEncoder();

/** The problem of a metadata key, undefined for a valid one. */
export function metadataKeyProblem(key: string): string | undefined {
  if (key === "") return "is empty";
  if (key.startsWith("$")) return 'starts with "$", which is reserved';
  if (forbiddenKeys.includes(key)) return "is reserved by the language";
  if (/^\s|\s$/u.test(key)) return "has white space at an end";
  if (/\p{Cc}/u.test(key)) return "contains a control character";
  if (!key.isWellFormed()) return "has a lone surrogate";
  if (encoder.encode(key).length > maxKeyBytes) return `is longer than ${maxKeyBytes} UTF-8 bytes`;
  return undefined;
}

/**
 * Validates untrusted metadata and returns a frozen deep copy.
 * @throws InvalidMetadataError
 */
export function parseMetadata(value: unknown, path = "metadata"): Metadata {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    fail(path, `must be an object, not ${describe(value)}`);
  }
  const copy = parseJson(value, path, 1) as Metadata;
  const bytes = encoder.encode(JSON.stringify(copy)).length;
  if (bytes > maxBytes) fail(path, `is ${bytes} bytes of JSON, more than the ${maxBytes} allowed`);
  return copy;
}

function parseJson(value: unknown, path: string, depth: number): JsonValue {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") {
    if (!value.isWellFormed()) fail(path, "has a lone surrogate");
    return value;
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) fail(path, `is ${value}, which JSON cannot represent`);
    return value === 0 ? 0 : value;
  }
  if (typeof value !== "object") fail(path, `is ${describe(value)}, which is not JSON`);
  if (depth > maxDepth) fail(path, `nests deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) {
    return Object.freeze(
      Array.from(value, (element, index) => parseJson(element, `${path}[${index}]`, depth + 1)),
    );
  }
  return parseObject(value, path, depth);
}

function parseObject(value: object, path: string, depth: number): JsonValue {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    fail(path, "is an instance of a class, which is not JSON (a Date is stored as a string or a number)");
  }
  const copy: Record<string, JsonValue> = {};
  for (const key of Reflect.ownKeys(value)) {
    const problem = typeof key === "symbol" ? "is a symbol" : metadataKeyProblem(key);
    if (problem) fail(path, `has a key that ${problem}: ${JSON.stringify(String(key).slice(0, 40))}`);
    copy[key as string] = parseJson(Reflect.get(value, key), `${path}.${String(key)}`, depth + 1);
  }
  return Object.freeze(copy);
}

/** The metadata fields that filters can use. */
export function filterableFields(metadata: Metadata): Record<string, FieldValue> {
  const isScalar = (value: JsonValue): value is FieldScalar => value !== null && typeof value !== "object";
  const fields: Record<string, FieldValue> = {};
  for (const [key, value] of Object.entries(metadata)) {
    if (isScalar(value)) fields[key] = value;
    else if (Array.isArray(value) && value.length > 0 && value.every(isScalar)) fields[key] = value;
  }
  return fields;
}

function fail(path: string, problem: string): never {
  throw new InvalidMetadataError(`${path} ${problem}.`, { path });
}
