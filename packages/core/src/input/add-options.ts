import { type Metadata, parseMetadata } from "../filter/metadata.ts";
import { type DayOptions, dayOptions } from "./day-options.ts";
import { fail } from "./fail.ts";
import { parseKey } from "./id-or-key.ts";
import { oneOf, parseBoolean } from "./option-parsers.ts";
import type { OptionTable, Parsed } from "./option-table.ts";
import { parseExpiry } from "./parse-expiry.ts";
import { parseMoment } from "./parse-moment.ts";
import type { Role } from "./role.ts";
import { type Source, sources } from "./source.ts";
import { parseId } from "./text.ts";

/**
 * Options of `add`.
 * @example
 * ```ts
 * await alice.add("I moved to Berlin", { metadata: { source: "chat" }, infer: false });
 * ```
 */
export interface AddOptions extends DayOptions {
  /** Kept with each memory that the call adds. Default: none. */
  readonly metadata?: Metadata;
  /** From then on the memories are no longer found: a Date or an ISO 8601 string, in the future. Default: never. */
  readonly expiresAt?: Date | string;
  /** When the texts were said that have no time of their own: a Date or an ISO 8601 string. Default: now. */
  readonly timestamp?: Date | string;
  /** The id of a memory of the same scope that the one text of this call replaces. It is closed, not overwritten. */
  readonly supersedes?: string;
  /**
   * Where the texts come from that do not say it themselves. What is less trusted never closes or revises what is more trusted.
   * Default: as the roles say; "user" for a text without one.
   */
  readonly source?: Source;
  /**
   * Keeps the one text of this call under a key of the application's own, 1 to 256 UTF-8 bytes, such as "preferences/language": at
   * most one memory of a scope has it. Adding again changes that memory, as `update` does; one that has expired or was deleted
   * begins anew. The language model never sees it. Default: none.
   */
  readonly key?: string;
  /** Whose messages are remembered. The others are left out. Default: user and assistant. */
  readonly roles?: readonly Role[];
  /** Whether the language model turns the messages into facts. Default: true with a language model, unless `key` or `supersedes` is given. */
  readonly infer?: boolean;
  /**
   * Whether `add` answers as soon as the messages are stored, and turns them into facts afterwards, in their order. Until then they are
   * found as they are, marked `pending`. What a crash leaves is done by the next such add at this scope, or by `extractPending`. Default: false.
   */
  readonly background?: boolean;
  /**
   * What happens to the messages when no facts can be extracted. `throw`: nothing is stored, and the `ExtractionError`
   * carries them. `store-raw`: they are stored as they are, marked `pending`; the result says why, and `extractPending`
   * tries again. Default: "throw".
   */
  readonly onExtractionFailure?: "throw" | "store-raw";
}

export const addOptions: OptionTable<AddOptions> = {
  ...dayOptions,
  metadata: parseMetadata,
  expiresAt: parseExpiry,
  timestamp: parseMoment,
  supersedes: parseId,
  source: oneOf<Source>(...sources),
  key: parseKey,
  roles: parseRoles,
  infer: parseBoolean,
  background: parseBoolean,
  onExtractionFailure: oneOf("throw", "store-raw"),
};

const parseRole = oneOf<Role>("user", "assistant", "system", "tool");

function parseRoles(value: unknown, path: string): readonly Role[] {
  if (!Array.isArray(value) || value.length === 0) fail(path, "must be a list of at least one role");
  return value.map((role, index) => parseRole(role, `${path}[${index}]`));
}

export type ParsedAddOptions = Parsed<AddOptions>;
