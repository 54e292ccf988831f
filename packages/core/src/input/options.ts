import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { InvalidScopeError } from "../errors/invalid-scope-error.ts";
import type { Filter, MetadataFilter } from "../filter/filter.ts";
import { type Metadata, parseMetadata } from "../filter/metadata.ts";
import { parseFilter } from "../filter/parse-filter.ts";
import type { Embedder } from "../models/embedder.ts";
import { describe, isScopeKey } from "../scope/parse-scope.ts";
import type { Levels } from "../scope/scope.ts";
import type { ConflictPolicy } from "./conflict-policy.ts";
import { fail } from "./fail.ts";
import { parseMoment } from "./parse-moment.ts";
import type { MigrationProgress, TransferProgress } from "./progress.ts";
import { readFields } from "./read-fields.ts";
import { parseId, parseText } from "./text.ts";

/** What every operation takes. */
export interface CallOptions {
  /** Aborts the call. What was already sent to the backend may still take effect. */
  readonly signal?: AbortSignal;
  /** Who does it, for audit events and receipts: 1 to 256 characters of the application's own. Default: nobody is named. */
  readonly actor?: string;
}

/** Options of `add`. */
export interface AddOptions extends CallOptions {
  /** Kept with each memory that the call adds. */
  readonly metadata?: Metadata;
  /** From then on the memories are no longer found. A Date or an ISO 8601 string, in the future. Default: never. */
  readonly expiresAt?: Date | string;
  /** When the texts of this call were said that have no time of their own, a Date or an ISO 8601 string. Default: now. */
  readonly timestamp?: Date | string;
  /** The id of a memory of the same scope that the one text of this call replaces: it is closed, not overwritten. */
  readonly supersedes?: string;
  /**
   * Whether the language model turns the messages into facts. Default: true where there is a language model, and
   * `supersedes` does not say already what the text is.
   */
  readonly infer?: boolean;
  /**
   * What becomes of the messages when no facts can be extracted. `throw`: nothing is stored of them, an
   * `ExtractionError` carries them. `store-raw`: they are stored as they are, marked `pending`; the result says why,
   * and `extractPending` tries again. Default: "throw".
   */
  readonly onExtractionFailure?: "throw" | "store-raw";
}

/** Options of `onboard`. */
export interface OnboardOptions extends CallOptions {
  /** The region that the organization is pinned to. Needed where there are several: none is the default. */
  readonly region?: string;
}

/** Options of what brings an organization's memories into another namespace. */
export interface MigrationOptions extends CallOptions {
  /**
   * Goes on at once with what another process began and did not end. Default: false; then that has to have been silent for
   * 15 seconds, since it might still be at it.
   */
  readonly takeOver?: boolean;
  /** Is told how far it has come. Default: nobody is. */
  readonly onProgress?: (progress: MigrationProgress) => void;
}

/** Options of `move`. */
export interface MoveOptions extends MigrationOptions {
  /** Where to: a region, or a cell of the organization's own, or both. Where no cell is named, it is the emptiest. */
  readonly to: { readonly region?: string; readonly cell?: string };
}

/** Options of `reembed`. */
export interface ReembedOptions extends MigrationOptions {
  /**
   * Which of the region's embedders, null for none; every process has to know it, as `embedder` or in `formerEmbedders`.
   * Default: the region's `embedder`.
   */
  readonly embedder?: Embedder | null;
}

/** Options of every read. */
export interface ReadOptions extends CallOptions {
  /** Reads what held at that moment. A Date or an ISO 8601 string. Default: now. */
  readonly asOf?: Date | string;
}

/** Options of reads that look through many memories. */
interface QueryOptions extends ReadOptions {
  /** Which levels are seen from the scope. Default: "visible", those at the scope and above it. */
  readonly levels?: Levels;
  /** Narrows by metadata. */
  readonly filter?: MetadataFilter;
}

/** Options of `search`. */
export interface SearchOptions extends QueryOptions {
  /** The most results, 1 to 1,000. Default: 10. */
  readonly limit?: number;
  /** The least score that a result has to have. Default: none, so that the best are returned however weak. */
  readonly threshold?: number;
  /** Whether each result says how its score came about. Default: false. */
  readonly explain?: boolean;
}

/** Options of `context`. */
export interface ContextOptions extends QueryOptions {
  /** The most tokens that the text may take, as estimated, 1 to 1,000,000. Default: 1,000. */
  readonly maxTokens?: number;
  /** The most memories, 1 to 1,000. Default: 50. */
  readonly limit?: number;
  /** The least score that a memory has to have. Default: none. */
  readonly threshold?: number;
}

/** Options of `list`. */
export interface ListOptions extends QueryOptions {
  /** The most memories on a page, 1 to 1,000. Default: 100. */
  readonly limit?: number;
  /** From the page before, of the same scope, levels, filter and `asOf`. */
  readonly cursor?: string;
}

/** Options of `export`, of a scope and of an organization. */
export interface ExportOptions extends CallOptions {
  /** Whether the dump is compressed. Default: false. */
  readonly gzip?: boolean;
  /** Whether the dump has the vectors too, so that an import need not make them anew. Default: true. */
  readonly vectors?: boolean;
  /** Is told after each page how many memories are through, and how many there were at the beginning. Default: nobody is. */
  readonly onProgress?: (progress: TransferProgress) => void;
}

/** Options of `organization.import`. */
export interface ImportOptions extends CallOptions {
  /** The id of the organization whose dump it is, where it is another one. Default: this organization. */
  readonly from?: string;
  /** Where there are several regions: to which a new organization is pinned. Default: none, needed there. */
  readonly region?: string;
  /**
   * What becomes of memories that exist and say something else. `refuse`: an `ImportConflictError`; `keep`: they stay;
   * `overwrite`: they are replaced, with their history. Default: "refuse".
   */
  readonly conflicts?: ConflictPolicy;
  /** Is told after each batch how many memories are through. Default: nobody is. */
  readonly onProgress?: (progress: TransferProgress) => void;
}

/** Options of `organizations`. */
export interface OrganizationsOptions extends CallOptions {
  /** The most organizations on a page, 1 to 1,000. Default: 100. */
  readonly limit?: number;
  /** From the page before. */
  readonly cursor?: string;
}

/** What `update` changes. What is left out stays as it is. */
export interface MemoryPatch {
  /** The new text. */
  readonly text?: string;
  /** Replaces the metadata as a whole. */
  readonly metadata?: Metadata;
  /** A new end, or null for none. */
  readonly expiresAt?: Date | string | null;
}

/** Options as they are after checking: moments are numbers, the filter is normalized. */
export interface ParsedOptions {
  readonly signal?: AbortSignal;
  readonly actor?: string;
  readonly metadata?: Metadata;
  readonly expiresAt?: number | null;
  readonly supersedes?: string;
  readonly asOf?: number;
  readonly levels?: Levels;
  readonly filter?: Filter;
  readonly limit?: number;
  readonly threshold?: number;
  readonly explain?: boolean;
  readonly cursor?: string;
  readonly text?: string;
  readonly infer?: boolean;
  readonly onExtractionFailure?: "throw" | "store-raw";
  readonly maxTokens?: number;
  readonly gzip?: boolean;
  readonly vectors?: boolean;
  readonly conflicts?: ConflictPolicy;
  readonly onProgress?: (progress: TransferProgress) => void;
  readonly from?: string;
  readonly timestamp?: number;
  readonly region?: string;
  readonly takeOver?: boolean;
  readonly to?: { readonly region?: string; readonly cell?: string };
  readonly embedder?: Embedder | null;
}

/** What an operation was called with, whatever it is. */
export type Call = Pick<ParsedOptions, "signal" | "actor">;

/** What every step of an operation needs of that. */
export function signalOf({ signal }: Call): { readonly signal?: AbortSignal } {
  return signal ? { signal } : {};
}

/** The names of the options that every operation has. */
export const callOptions = ["signal", "actor"] as const;

/** The name of an option of any operation. */
export type OptionName = keyof ParsedOptions;

const parsers: { readonly [name in OptionName]: (value: unknown, path: string) => unknown } = {
  signal: parseSignal,
  actor: parseLabel,
  metadata: parseMetadata,
  expiresAt: parseExpiry,
  supersedes: parseId,
  asOf: parseMoment,
  timestamp: parseMoment,
  levels: (value, path) =>
    ["visible", "own", "within"].includes(value as string)
      ? value
      : fail(path, 'must be "visible", "own" or "within"'),
  filter: parseFilter,
  limit: (value, path) => parseWhole(value, path, 1000),
  threshold: (value, path) => (Number.isFinite(value) ? value : fail(path, "must be a finite number")),
  explain: parseBoolean,
  cursor: parseString,
  text: parseText,
  infer: parseBoolean,
  onExtractionFailure: (value, path) =>
    ["throw", "store-raw"].includes(value as string) ? value : fail(path, 'must be "throw" or "store-raw"'),
  maxTokens: (value, path) => parseWhole(value, path, 1_000_000),
  gzip: parseBoolean,
  vectors: parseBoolean,
  from: parseString,
  conflicts: (value, path) =>
    ["refuse", "keep", "overwrite"].includes(value as string)
      ? value
      : fail(path, 'must be "refuse", "keep" or "overwrite"'),
  region: parseString,
  takeOver: parseBoolean,
  to: parseDestination,
  embedder: (value, path) =>
    value === null || typeof (value as Partial<Embedder>).embed === "function"
      ? value
      : fail(path, "must be an embedder, or null"),
  onProgress: (value, path) => (typeof value === "function" ? value : fail(path, "must be a function")),
};

/**
 * Checks the options of one operation. Each is read once; an undefined one counts as absent, except `filter`:
 * a filter that got lost on the way must not widen a search.
 * @throws InvalidInputError, InvalidFilterError, InvalidMetadataError, InvalidScopeError
 */
export function parseOptions(
  entries: ReadonlyMap<PropertyKey, unknown>,
  allowed: readonly OptionName[],
): ParsedOptions {
  const parsed: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    if (!allowed.includes(key as OptionName)) throw unknownOption(key, allowed);
    if (value === undefined && key !== "filter") continue;
    parsed[key as OptionName] = parsers[key as OptionName](value, String(key));
  }
  return parsed;
}

function unknownOption(key: PropertyKey, allowed: readonly OptionName[]): Error {
  const name = JSON.stringify(String(key));
  if (isScopeKey(key)) {
    return new InvalidScopeError(
      `${name} is not accepted here: this handle is bound to its scope. Take another handle from memory.scope().`,
    );
  }
  return new InvalidInputError(`Unknown option ${name}; there are ${allowed.join(", ")}.`, {
    path: String(key),
  });
}

/** @throws InvalidInputError for anything but 1 to 256 characters of text */
export function parseLabel(value: unknown, path: string): string {
  return typeof value === "string" && /^[^\p{Cc}]{1,256}$/u.test(value) && value.isWellFormed()
    ? value
    : fail(path, "must be a string of 1 to 256 characters");
}

function parseString(value: unknown, path: string): string {
  return typeof value === "string" ? value : fail(path, `must be a string, not ${describe(value)}`);
}

function parseDestination(
  value: unknown,
  path: string,
): { readonly region?: string; readonly cell?: string } {
  if (typeof value !== "object" || value === null)
    fail(path, "must be an object with a region, a cell, or both");
  const fields = readFields(value, ["region", "cell"], path);
  if (fields.size === 0) fail(path, "names neither a region nor a cell");
  return Object.fromEntries(
    [...fields].map(([name, field]) => [name, parseString(field, `${path}.${name}`)]),
  );
}

function parseSignal(value: unknown, path: string): AbortSignal {
  const signal = value as Partial<AbortSignal> | null;
  if (typeof signal !== "object" || typeof signal?.throwIfAborted !== "function")
    fail(path, "must be an AbortSignal");
  return signal as AbortSignal;
}

function parseExpiry(value: unknown, path: string): number | null {
  if (value === null) return null;
  const moment = parseMoment(value, path);
  if (moment <= Date.now()) fail(path, "is in the past, so that nothing would be kept");
  return moment;
}

function parseWhole(value: unknown, path: string, most: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > most) {
    fail(path, `must be a whole number from 1 to ${most}`);
  }
  return value;
}

function parseBoolean(value: unknown, path: string): boolean {
  return typeof value === "boolean" ? value : fail(path, "must be true or false");
}
