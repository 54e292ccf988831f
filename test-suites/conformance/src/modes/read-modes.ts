import type { ScopeFilter } from "@loci/core/store";
import { everything, placementAt, visibleFrom } from "../fixtures.ts";
import { filterModes } from "./filter-modes.ts";
import { eachValue, type Factors, pairwise } from "./pairwise.ts";
import { scripts } from "./scripts.ts";

/** Who reads, at every level and in every way of looking up and down from it. */
export const readers: Readonly<Record<string, ScopeFilter>> = {
  everybody: everything,
  "what all share": visibleFrom(placementAt("")),
  alice: visibleFrom(placementAt("alice")),
  "alice's own": visibleFrom(placementAt("alice"), "own"),
  "all of alice": visibleFrom(placementAt("alice"), "within"),
  "alice's bot": visibleFrom(placementAt("alice", "bot")),
  "a run of alice's bot": visibleFrom(placementAt("alice", "bot", "run")),
  "all of the bot": visibleFrom(placementAt("", "bot"), "within"),
};

/** What every call can be like, whatever it asks. */
export interface CallMode {
  readonly reader: string;
  /** How often the namespace was opened before, and by whom. */
  readonly handle: "first" | "third" | "hundredth" | "another process's";
  /** Whether the call has a signal, and whether another call ends by its own, before it or meanwhile. */
  readonly signal: "none" | "given" | "after an abort" | "beside an abort";
  /** How many calls go on at the same time. */
  readonly atOnce: number;
  /** How many records the namespace has. */
  readonly records: number;
}

/** A way to read, and one value for each of its modes. */
export type ReadMode = CallMode &
  (
    | { readonly way: "get"; readonly ids: number; readonly vectors: boolean }
    | {
        readonly way: "list";
        readonly filter: string;
        readonly limit: number;
        readonly pages: number;
        readonly vectors: boolean;
      }
    | {
        readonly way: "search";
        readonly filter: string;
        readonly limit: number;
        readonly query: QueryDirection;
      }
    | {
        readonly way: "searchText";
        readonly filter: string;
        readonly limit: number;
        readonly terms: number;
        readonly script: string;
      }
    | { readonly way: "count"; readonly filter: string }
  );

/** Where the vector of a query points. */
export type QueryDirection = "towards the crowds" | "away from them" | "aside";

/** The values of every factor: those of `M`, and no others. */
export type Table<M> = { readonly [factor in keyof M]: readonly M[factor][] };

export const filterKinds: readonly string[] = Object.keys(filterModes);
/** Few, and on both sides of what a store may have as its most. */
const limits: readonly number[] = [1, 10, 51, 199, 201, 999];
/** The most that core asks for: in a listing, and in a search. */
const listLimits = [...limits, 1001];
const searchLimits = [...limits, 2000];
export const idCounts: readonly number[] = [1, 9, 51, 1000];
/** The last is the most that core sends. */
const termCounts: readonly number[] = [1, 9, 40, 200];

export function callModes(records: readonly number[]): Table<CallMode> {
  return {
    reader: Object.keys(readers),
    handle: ["first", "third", "hundredth", "another process's"],
    signal: ["none", "given", "after an abort", "beside an abort"],
    atOnce: [1, 10, 50],
    records,
  };
}

/** The modes of each way to read. */
function tables(records: readonly number[]): { readonly [way in ReadMode["way"]]: Factors } {
  const call = callModes(records);
  const filtered = { ...call, filter: filterKinds };
  const query: readonly QueryDirection[] = ["towards the crowds", "away from them", "aside"];
  return {
    get: { ...call, ids: idCounts, vectors: [false, true] },
    list: { ...filtered, limit: listLimits, pages: [1, 2, 8], vectors: [false, true] },
    search: { ...filtered, limit: searchLimits, query },
    searchText: {
      ...filtered,
      limit: searchLimits,
      terms: termCounts,
      script: scripts.map(({ name }) => name),
    },
    count: filtered,
  };
}

/**
 * Every two modes of each way to read together in small namespaces, and every one in each large one; in the largest, every one also where
 * nothing narrows, so that there is more than any limit.
 */
export function readModes(sizes: Sizes, random: () => number): readonly ReadMode[] {
  const unfiltered = (records: readonly number[]) =>
    Object.fromEntries(
      Object.entries(tables(records)).map(([way, table]) => [
        way,
        {
          ...table,
          reader: ["everybody"],
          ...("filter" in table ? { filter: ["none"] } : {}),
          // As many as core sends, of which one is in every text.
          ...("terms" in table ? { terms: termCounts.slice(-1) } : {}),
        },
      ]),
    );
  return [
    ...combinationsOf<ReadMode>(tables, sizes, random),
    ...combinationsOf<ReadMode>(unfiltered, { small: [], large: sizes.large.slice(-1) }, random),
  ];
}

/** How many records namespaces have: those in which every two modes are tried together, and those in which every one is. */
export interface Sizes {
  readonly small: readonly number[];
  readonly large: readonly number[];
}

export function combinationsOf<M extends { readonly way: string }>(
  tablesOf: (records: readonly number[]) => Readonly<Record<string, Factors>>,
  { small, large }: Sizes,
  random: () => number,
): readonly M[] {
  const named = (way: string, rows: readonly object[]) => rows.map((modes) => ({ way, ...modes }) as M);
  const pairs = small.length > 0 ? Object.entries(tablesOf(small)) : [];
  return [
    ...pairs.flatMap(([way, table]) => named(way, pairwise(table, random))),
    ...large.flatMap((size) =>
      Object.entries(tablesOf([size])).flatMap(([way, table]) => named(way, eachValue(table, random))),
    ),
  ];
}

/** Names a combination, so that a failure can be read. */
export function nameOfModes(mode: object): string {
  return Object.entries(mode)
    .map(([name, value]) => (name === "way" ? `${value}` : `${name} ${value}`))
    .join(", ");
}
