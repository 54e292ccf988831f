import { inScope, type Namespace, type VectorRecord } from "@loci/core/store";
import type { Check } from "./conformance-case.ts";
import { everything, isMore, listAll, same, textsOf } from "./fixtures.ts";

/** A namespace of which records are deleted, and an array of what has to be left in it. */
export class ShrinkingNamespace {
  readonly namespace: Namespace;
  readonly #check: Check;
  #left: readonly VectorRecord[];
  #unseen = 0;

  constructor(namespace: Namespace, records: readonly VectorRecord[], check: Check) {
    this.namespace = namespace;
    this.#left = records;
    this.#check = check;
  }

  /**
   * Deletes, and checks how many were deleted; and what is left, after every third deletion by a filter and after every other one. What was
   * deleted wrongly is missing later as well.
   */
  async remove(
    how: string,
    request: Parameters<Namespace["delete"]>[0],
    named: (record: VectorRecord) => boolean,
  ): Promise<void> {
    const isDoomed = (record: VectorRecord) => inScope(request.scope, record.scopeKey) && named(record);
    const expected = this.#left.filter(isDoomed).length;
    const deleted = await this.namespace.delete(request);
    this.#check(
      deleted === expected,
      () => `Deleting by ${how} deleted ${deleted} records instead of ${expected}.`,
      deleted > expected,
    );
    this.#left = this.#left.filter((record) => !isDoomed(record));
    this.#unseen += 1;
    if (request.filter && this.#unseen < 3) return;
    this.#unseen = 0;
    const kept = textsOf(await listAll(this.namespace, everything));
    const left = textsOf(this.#left);
    this.#check(
      same(kept, left),
      () => `After deleting by ${how} there are ${kept.length}, not ${left.length}.`,
      isMore(kept, left),
    );
  }
}
