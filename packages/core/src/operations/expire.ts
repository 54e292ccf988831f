import type { OperationContext } from "../guard/guard.ts";
import { toMemoryRecord } from "../records/memory-record.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { deleteMemories } from "./change.ts";

const interval = 60_000;
const batch = 100;

/**
 * Deletes what has expired from the disk. Expired memories are never returned; this is about not keeping them.
 * Runs beside writes, for each namespace at most once a minute while this process lives.
 */
export class ExpirySweeper {
  readonly #swept = new Map<string, number>();

  /** Sweeps a namespace alone, where it is time to. */
  async sweepIfDue(context: OperationContext): Promise<void> {
    const { key } = context.namespace;
    if (Date.now() - (this.#swept.get(key) ?? 0) < interval) return;
    await context.locks.exclusive(key, () => this.#sweep(context));
  }

  async #sweep(context: OperationContext): Promise<void> {
    const { key } = context.namespace;
    const now = Date.now();
    if (this.#swept.size > 10_000) this.#swept.clear();
    this.#swept.set(key, now);
    const page = await context.namespace.list({
      scope: scopeFilter({}, "within"),
      filter: { type: "range", field: "$expiresAt", operator: "lte", value: now, negated: false },
      limit: batch,
      ...context.signal,
    });
    if (page.records.length > 0)
      await deleteMemories(context, page.records.map(toMemoryRecord), scopeFilter({}, "within"));
    // A full page means that there may be more: the next write goes on.
    if (page.records.length === batch) this.#swept.delete(key);
  }
}
