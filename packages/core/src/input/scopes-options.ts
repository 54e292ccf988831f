import { oneOf } from "./option-parsers.ts";
import type { OptionTable } from "./option-table.ts";
import { type OrganizationsOptions, organizationsOptions } from "./organizations-options.ts";

/**
 * Options of `scopes` of an organization.
 * @example
 * ```ts
 * const { scopes } = await memory.organization("acme").scopes({ by: "user", limit: 50 });
 * ```
 */
export interface ScopesOptions extends OrganizationsOptions {
  /** What is counted together: the memories of each exact scope, or of each user, agent or run wherever it occurs. Default: "scope". */
  readonly by?: "scope" | "user" | "agent" | "run";
}

export const scopesOptions: OptionTable<ScopesOptions> = {
  ...organizationsOptions,
  by: oneOf("scope", "user", "agent", "run"),
};
