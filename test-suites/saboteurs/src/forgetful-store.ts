import type { Query } from "./contract.ts";
import { type Operation, RightStore, type Space } from "./right-store.ts";

/** What a call asks, of whichever kind it is. */
export type Asked = Query & {
  readonly limit?: number;
  readonly ids?: readonly string[];
  readonly terms?: readonly string[];
  readonly cursor?: string;
  readonly vector?: Float32Array;
};

/** Leaves out the scope, the filter or both, of some calls. */
export function forgets(
  what: "scope" | "filter",
  when: (query: Asked, operation: Operation, space: Space) => boolean,
): new () => RightStore {
  return class extends RightStore {
    override visible(space: Space, query: Query, operation: Operation) {
      const right = super.visible(space, query, operation);
      if (!when(query, operation, space)) return right;
      const rows = [...this.live(space).records.values()];
      return rows.filter(
        (row) =>
          (what === "scope" || this.inScope(query.scope, row.scopeKey, operation)) &&
          (what === "filter" || !query.filter || this.matches(row, query.filter)),
      );
    }
  };
}
