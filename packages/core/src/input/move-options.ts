import { fail } from "./fail.ts";
import { type MigrationOptions, migrationOptions } from "./migration-options.ts";
import { parseString } from "./option-parsers.ts";
import type { OptionTable, Parsed } from "./option-table.ts";
import { readFields } from "./read-fields.ts";

/**
 * Options of `move`.
 * @example
 * ```ts
 * await acme.move({ to: { region: "eu" } });
 * ```
 */
export interface MoveOptions extends MigrationOptions {
  /** A region, or a cell of the organization's own region, or both. A region without a cell means its emptiest cell. */
  readonly to: { readonly region?: string; readonly cell?: string };
}

export const moveOptions: OptionTable<MoveOptions> = { ...migrationOptions, to: parseDestination };

export type ParsedMoveOptions = Parsed<MoveOptions>;

function parseDestination(value: unknown, path: string): MoveOptions["to"] {
  const fields = readFields(value, ["region", "cell"], path);
  if (fields.size === 0) fail(path, "names neither a region nor a cell");
  return Object.fromEntries(
    [...fields].map(([name, field]) => [name, parseString(field, `${path}.${name}`)]),
  );
}
