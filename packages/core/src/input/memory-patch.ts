import { type Metadata, parseMetadata } from "../filter/metadata.ts";
import { readUntrusted } from "../util/read-untrusted.ts";
import { fail } from "./fail.ts";
import { oneOf } from "./option-parsers.ts";
import type { OptionTable, Parsed } from "./option-table.ts";
import { parseExpiry } from "./parse-expiry.ts";
import { readFields } from "./read-fields.ts";
import { type Source, sources } from "./source.ts";
import { parseId, parseText } from "./text.ts";

/**
 * What `update` changes. What is left out stays as it is.
 * @example
 * ```ts
 * await alice.update(id, { text: "I moved to Hamburg", expiresAt: null });
 * ```
 */
export interface MemoryPatch {
  /** The new text, 1 to 65,536 UTF-8 bytes. The text before stays in the history. */
  readonly text?: string;
  /** Replaces the metadata as a whole. */
  readonly metadata?: Metadata;
  /** The new end, a Date or an ISO 8601 string in the future; null for none. */
  readonly expiresAt?: Date | string | null;
  /** Where the change comes from, trusted at least as the memory, which then has this source. Default: that of the memory. */
  readonly source?: Source;
}

/**
 * One change of `updateMany`.
 * @example
 * ```ts
 * await alice.updateMany([{ id, metadata: { read: true } }]);
 * ```
 */
export interface MemoryUpdate extends MemoryPatch {
  /** The memory to change. */
  readonly id: string;
}

/** A checked change. */
export interface ParsedUpdate {
  readonly id: string;
  readonly changes: Parsed<MemoryPatch>;
}

const patchFields: OptionTable<MemoryPatch> = {
  text: parseText,
  metadata: parseMetadata,
  expiresAt: (value, path, timeZone) => (value === null ? null : parseExpiry(value, path, timeZone)),
  source: oneOf<Source>(...sources),
};
const names = Object.keys(patchFields);
const maxUpdates = 1000;

/** @throws InvalidInputError, InvalidMetadataError */
export function parseChanges(patch: unknown, timeZone: string): ParsedUpdate["changes"] {
  return readUntrusted("patch", () => parsePatch(readFields(patch, names, "patch"), "patch", timeZone));
}

/** @throws InvalidInputError, InvalidMetadataError */
export function parseUpdates(updates: unknown, timeZone: string): readonly ParsedUpdate[] {
  return readUntrusted("updates", () => {
    if (!Array.isArray(updates) || updates.length === 0 || updates.length > maxUpdates)
      fail("updates", `must be a list of 1 to ${maxUpdates} changes`);
    return Array.from(updates, (update: unknown, index) => {
      const path = `updates[${index}]`;
      const fields = readFields(update, ["id", ...names], path);
      const id = parseId(fields.get("id"), `${path}.id`);
      fields.delete("id");
      return { id, changes: parsePatch(fields, path, timeZone) };
    });
  });
}

function parsePatch(
  fields: ReadonlyMap<string, unknown>,
  path: string,
  timeZone: string,
): Parsed<MemoryPatch> {
  if (fields.size === 0) fail(path, "changes nothing: give text, metadata, expiresAt or source");
  const parsed = [...fields].map(([name, value]) => [
    name,
    patchFields[name as keyof MemoryPatch](value, path === "patch" ? name : `${path}.${name}`, timeZone),
  ]);
  return Object.fromEntries(parsed) as Parsed<MemoryPatch>;
}
