import type { Factors } from "./pairwise.ts";
import {
  type CallMode,
  callModes,
  combinationsOf,
  filterKinds,
  idCounts,
  type Sizes,
  type Table,
} from "./read-modes.ts";

/** A way to change a namespace, and one value for each of its modes. */
export type ChangeMode = CallMode &
  (
    | { readonly way: "delete by ids"; readonly ids: number }
    | { readonly way: "delete by filter"; readonly filter: string }
    | { readonly way: "delete by versions"; readonly ids: number; readonly age: "current" | "stale" }
    | { readonly way: "insert"; readonly batch: number }
    | {
        readonly way: "replace";
        readonly batch: number;
        readonly expected: "any" | "current" | "stale" | "absent";
      }
  );

/** How many records a write has. */
const batches: readonly number[] = [1, 9, 51, 301];

/** The modes of each way to change. */
function tables(records: readonly number[]): { readonly [way in ChangeMode["way"]]: Factors } {
  const call: Table<CallMode> = { ...callModes(records), atOnce: [1, 12] };
  return {
    "delete by ids": { ...call, ids: idCounts },
    // A filter is paired with readers that have few, many and all of the records: nobody deletes upwards.
    "delete by filter": {
      ...call,
      reader: ["everybody", "all of alice", "alice's own", "all of the bot"],
      filter: filterKinds,
    },
    "delete by versions": { ...call, ids: idCounts, age: ["current", "stale"] },
    insert: { ...call, reader: ["everybody"], batch: batches },
    replace: {
      ...call,
      reader: ["everybody"],
      batch: batches,
      expected: ["any", "current", "stale", "absent"],
    },
  };
}

/** Every two modes of each way to change together in small namespaces, and every one in each large one. */
export function changeModes(sizes: Sizes, random: () => number): readonly ChangeMode[] {
  return combinationsOf(tables, sizes, random);
}
