import { type CallOptions, callOptions } from "./call-options.ts";
import { parseString } from "./option-parsers.ts";
import type { OptionTable } from "./option-table.ts";

/** Options of `onboard`. */
export interface OnboardOptions extends CallOptions {
  /** The region that the organization is pinned to. Needed where there are several; there is no default. */
  readonly region?: string;
}

export const onboardOptions: OptionTable<OnboardOptions> = { ...callOptions, region: parseString };
