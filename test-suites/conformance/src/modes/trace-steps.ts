import type { Filter, ScopeKey } from "@loci/core/store";
import * as fc from "fast-check";
import { identifiers } from "../corpus.ts";
import { placementAt } from "../fixtures.ts";
import { filterModes } from "./filter-modes.ts";
import { moment } from "./population.ts";
import { scripts } from "./scripts.ts";

const organization = fc.oneof(
  { weight: 3, arbitrary: fc.constant("acme") },
  fc.constantFrom("acme-corp", "Acme"),
);
const level = fc.constantFrom("", "a", "ab", "A", ...identifiers.slice(0, 6));
// Most steps meet at a few places, so that one undoes what another did; the others look for what is alike.
const scopeKey = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(placementAt(""), placementAt("a"), placementAt("ab"), placementAt("a", "b")),
  },
  fc.tuple(level, level, fc.constantFrom("", "r")).map(([user, agent, run]) => placementAt(user, agent, run)),
);
const levels = fc.constantFrom<"visible" | "own" | "within">("visible", "own", "within");
const word = fc.constantFrom(...scripts.map(({ terms }) => terms[0] as string));
const filter = fc.option(fc.constantFrom(...Object.values(filterModes).flat()), { nil: undefined });
const time = fc.constantFrom(-1, moment, moment + 1);
const call = {
  organization,
  handle: fc.constantFrom<Call["handle"]>("first", "first", "another", "another process's"),
  signal: fc.boolean(),
};
/** Most have a few records, some more than a store may take at once. */
const size = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(1, 2) }, fc.constantFrom(9, 51));

/** A step of a trace: what is done, and in which mode. */
export const traceStep: fc.Arbitrary<TraceStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("upsert" as const),
      ...call,
      size,
      from: fc.nat(3),
      scopeKey,
      word,
      kind: fc.constantFrom("x", 5, "5", true),
      expires: time,
      vector: fc.boolean(),
      isNew: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("rewrite" as const),
      ...call,
      which: fc.nat(5),
      expected: fc.constantFrom<"absent" | "current" | "stale">("absent", "current", "stale"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("delete versions" as const),
      ...call,
      age: fc.constantFrom<"current" | "stale">("current", "stale", "stale"),
      scopeKey: fc.constantFrom(placementAt(""), placementAt("a")),
      levels: fc.constantFrom<"within" | "own">("within", "within", "own"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("delete" as const),
      ...call,
      ids: fc.option(fc.constantFrom(1, 2, 9, 51), { nil: undefined }),
      filter,
      scopeKey,
      levels,
    }),
  },
  fc.record({ do: fc.constant("drop" as const), organization }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("look" as const),
      ...call,
      scopeKey,
      levels,
      filter,
      limit: fc.constantFrom(1, 10, 201, 1000),
      ids: fc.constantFrom(1, 9, 51),
      terms: fc.uniqueArray(word, { minLength: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("next page" as const), ...call }) },
);

/** How a call is made: through which handle, and with a signal or without. */
interface Call {
  readonly organization: string;
  readonly handle: "first" | "another" | "another process's";
  readonly signal: boolean;
}

/** Who reads or deletes what. */
interface Asked {
  readonly scopeKey: ScopeKey;
  readonly levels: "visible" | "own" | "within";
  readonly filter: Filter | undefined;
}

export type TraceStep =
  | { readonly do: "drop"; readonly organization: string }
  | (Call &
      (
        | {
            readonly do: "upsert";
            readonly size: number;
            readonly from: number;
            readonly scopeKey: ScopeKey;
            readonly word: string;
            readonly kind: string | number | boolean;
            readonly expires: number;
            readonly vector: boolean;
            readonly isNew: boolean;
          }
        | {
            readonly do: "rewrite";
            readonly which: number;
            readonly expected: "absent" | "current" | "stale";
          }
        | ({ readonly do: "delete versions"; readonly age: "current" | "stale" } & Omit<Asked, "filter">)
        | ({ readonly do: "delete"; readonly ids: number | undefined } & Asked)
        | ({
            readonly do: "look";
            readonly limit: number;
            readonly ids: number;
            readonly terms: readonly string[];
          } & Asked)
        | { readonly do: "next page" }
      ));
