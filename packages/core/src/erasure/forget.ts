import { StoreError } from "../errors/store-error.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { noPlaceholder, placeholderField } from "../namespace/placeholder.ts";
import { eraseAll } from "../operations/erase-all.ts";
import { currentRevision } from "../records/memory-record.ts";
import { toErasable } from "../records/to-erasable.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { orgIdOf } from "../scope/tenant.ts";
import type { StoredRecord } from "../store/vector-store.ts";
import { queryTerms } from "../text/tokenize.ts";
import type { ErasurePlan } from "./receipt.ts";

/** How many deleted memories are looked up by id afterwards, and how many by keyword and vector. */
const sampled = 100;
const searched = 10;

/**
 * Deletes everything at the scope and below it, and verifies that in every way that the store supports.
 * @throws StoreError when something is left; a second call continues
 */
export async function forget(context: OperationContext): Promise<Forgotten> {
  const { namespace, signal } = context;
  const scope = scopeFilter(context.scope.inner, "within");
  const { records } = await namespace.list({
    scope,
    filter: noPlaceholder,
    limit: sampled,
    vectors: true,
    ...signal,
  });
  const words = records.slice(0, searched).map(termsOf);
  const memories = await eraseAll(context, scope);
  const checks = [
    await isEmpty(context, "counting", async () =>
      namespace.count({ scope, filter: noPlaceholder, ...signal }),
    ),
    await isEmpty(context, "listing", async () => {
      const left = await namespace.list({ scope, filter: noPlaceholder, limit: 1, ...signal });
      return left.records.length;
    }),
  ];
  const { previousNamespace } = context;
  if (previousNamespace) {
    checks.push(
      await isEmpty(context, "counting in the namespace from before the re-embedding", async () =>
        previousNamespace.count({ scope, ...signal }),
      ),
    );
  }
  if (records.length === 0) return { memories, checks };
  const ids = records.map(({ id }) => id);
  checks.push(
    await isEmpty(context, `the ids of ${count(ids.length)} that were deleted`, async () => {
      const left = await namespace.get({ ids, scope, encrypted: true, ...signal });
      return left.filter(({ fields }) => fields[placeholderField] === undefined).length;
    }),
  );
  const some = records.slice(0, searched);
  // A receipt lists no keyword check for a store without keyword search.
  if (namespace.hasKeywords) {
    checks.push(
      await isEmpty(context, `the words of ${count(some.length)} that were deleted`, async () => {
        const weights = { own: 1, before: 1, after: 1 };
        const found = words.map((terms) =>
          namespace.searchText({ terms, weights, scope, limit: 1, ...signal }),
        );
        return (await Promise.all(found)).flat().length;
      }),
    );
  }
  const vectors = some.flatMap(({ vector }) => (vector ? [vector] : []));
  if (vectors.length > 0) {
    checks.push(
      await isEmpty(context, `the vectors of ${count(vectors.length)} that were deleted`, async () => {
        const found = vectors.map((vector) => namespace.search({ vector, scope, limit: 1, ...signal }));
        return (await Promise.all(found)).flat().length;
      }),
    );
  }
  return { memories, checks };
}

/** How many memories were deleted, and which checks passed. */
export interface Forgotten {
  readonly memories: number;
  readonly checks: readonly string[];
}

/** What forgetting the scope would delete. */
export async function planForget({ namespace, scope, signal }: OperationContext): Promise<ErasurePlan> {
  return {
    kind: "plan",
    orgId: orgIdOf(scope.tenant),
    scope: scope.inner,
    namespace: namespace.key,
    store: namespace.store,
    memories: await namespace.count({
      scope: scopeFilter(scope.inner, "within"),
      filter: noPlaceholder,
      ...signal,
    }),
    residue: namespace.residue,
  };
}

/** The words by which a memory is found. A damaged one has none. */
function termsOf(record: StoredRecord): readonly string[] {
  return queryTerms(currentRevision(toErasable(record).payload).text);
}

async function isEmpty(context: OperationContext, how: string, look: () => Promise<number>): Promise<string> {
  const left = await look();
  if (left === 0) return `nothing is found by ${how}`;
  throw new StoreError(
    `Forgetting is not complete: ${left} memories are still found by ${how}. Call forget again; if they remain, the store does not delete what it is asked to.`,
    { store: context.namespace.store },
    { retryable: true },
  );
}

function count(memories: number): string {
  return memories === 1 ? "one memory" : `${memories} memories`;
}
