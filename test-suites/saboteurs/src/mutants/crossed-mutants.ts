import type { ConformanceHarness } from "@loci/conformance";
import { Memory } from "@loci/core/testing";
import type { Mistake } from "../../../conformance/src/sabotage/mistake.ts";
import { mistakenStore } from "../../../conformance/src/sabotage/mistaken-store.ts";
import { mistakes } from "../../../conformance/src/sabotage/mistakes.ts";
import { inMode, type Mode, modes } from "../../../conformance/src/sabotage/mode.ts";
import { type NamedMistake, operationsOf } from "../../../conformance/src/sabotage/named-mistake.ts";
import { RightStore } from "../right-store.ts";
import type { Mutant } from "./mutant.ts";

/** Mistakes that hide in any mode of a call. The others are made in every call. */
const hiding: ReadonlySet<string> = new Set([
  "forgets-the-reach",
  "forgets-the-user",
  "forgets-the-agent",
  "forgets-the-run",
  "forgets-the-filter",
  "forgets-the-ids",
  "forgets-the-versions",
  "leaves-out-expiry",
  "takes-or-for-and",
  "keeps-answers-until-a-write",
  "keeps-answers-for-anybody",
  "loses-the-last",
  "answers-nothing",
  "swaps-owners",
  "swaps-vectors",
  "counts-limits-from-zero",
  "counts-one-more",
  "begins-listings-anew",
  "loses-the-last-record",
  "ignores-what-is-expected",
  "keeps-old-fields",
  "loses-the-user",
  "acknowledges-only",
  "says-no-conflict",
  "deletes-nothing",
  "asks-the-latest-namespace",
]);

/** Mistakes about one part of a query, and those of modes in which queries have no such part. */
const shownWith: readonly (readonly [mistake: RegExp, withoutIt: RegExp])[] = [
  [/^(forgets-the-filter|leaves-out-.*|takes-or-for-and)$/, /-(ids|versions)$/],
  [/^forgets-the-ids$/, /(-versions|-filters?|-in-filters)$/],
  [/^forgets-the-versions$/, /(-ids|-filters?|-in-filters)$/],
  [/^forgets-the-(agent|run)$/, /^at-user-level$/],
  [/^(counts-limits-from-zero|swaps-owners)$/, /^in-short-pages$/],
];

/** Every mistake, in each operation that it can be made in, and those that hide in each mode of it. */
export const crossedMutants: readonly Mutant[] = mistakes.flatMap((mistake) => {
  const { id, calls, alongside = [] } = mistake;
  const operations = operationsOf(mistake).filter((operation) => !alongside.includes(operation));
  if (!calls || operations.length === 0) return [mutantOf(id, mistake, mistake)];
  return operations.flatMap((operation) => {
    const only = { [operation]: calls[operation] };
    const kept = Object.fromEntries(alongside.map((other) => [other, calls[other]]));
    const inAll = mutantOf(`${id} in ${operation}`, mistake, { calls: { ...kept, ...only } });
    if (!hiding.has(id)) return [inAll];
    const fitting = modes.filter((mode) => mode.operations.includes(operation) && canShow(id, mode));
    return [inAll, ...fitting.map((mode) => inOneMode(mode, { ...kept }, only))];
    function inOneMode(mode: Mode, others: Mistake["calls"], wrong: NonNullable<Mistake["calls"]>): Mutant {
      return mutantOf(`${id} in ${operation}, ${mode.id}`, mistake, {
        calls: { ...others, ...inMode(wrong, mode) },
      });
    }
  });
});

/** Whether a mistake changes anything in calls of a mode. */
function canShow(mistake: string, { id }: Mode): boolean {
  return !shownWith.some(([one, without]) => one.test(mistake) && without.test(id));
}

function mutantOf(id: string, { id: name }: NamedMistake, mistake: Mistake): Mutant {
  return {
    id: `crossed: ${id}`,
    group: `crossed: ${name}`,
    isQuick: true,
    prepare: async () => ({ harness: mistakenRightStore(id, mistake) }),
  };
}

/** The right store, with a mistake. */
function mistakenRightStore(name: string, mistake: Mistake): ConformanceHarness {
  return {
    name,
    createMemory: (options) => new Memory(options),
    async create() {
      const store = new RightStore();
      return {
        store: mistakenStore(store, mistake),
        second: async () => mistakenStore(store.second(), mistake, true),
        dispose: () => store.close(),
      };
    },
  };
}
