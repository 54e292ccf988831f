import { StoreError } from "../errors/store-error.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { currentRevision, toMemoryRecord } from "../records/memory-record.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { orgIdOf } from "../scope/tenant.ts";
import { queryTerms } from "../text/tokenize.ts";
import type { ErasurePlan } from "./receipt.ts";

/** So many of the memories that go are looked for by id, word and vector afterwards. */
const sampled = 100;
const searched = 10;

/** What was deleted, and what was looked at. */
export interface Forgotten {
  readonly memories: number;
  readonly checks: readonly string[];
}

/** What forgetting the scope would remove. */
export async function planForget({ namespace, scope, signal }: OperationContext): Promise<ErasurePlan> {
  return {
    kind: "plan",
    orgId: orgIdOf(scope.tenant),
    scope: scope.inner,
    namespace: namespace.key,
    store: namespace.store,
    memories: await namespace.count({ scope: scopeFilter(scope.inner, "within"), ...signal }),
    residue: namespace.residue,
  };
}

/**
 * Deletes everything at the scope and below it, and reads back, in every way that the store has.
 * @throws StoreError when something is left; a second call goes on
 */
export async function forget(context: OperationContext): Promise<Forgotten> {
  const { namespace, signal } = context;
  const scope = scopeFilter(context.scope.inner, "within");
  return context.locks.exclusive(namespace.key, async () => {
    const { records } = await namespace.list({ scope, limit: sampled, vectors: true, ...signal });
    const memories = await namespace.delete({ scope, ...signal });
    await context.previousNamespace?.delete({ scope, ...signal });
    const checks = [
      await isEmpty(context, "counting", async () => namespace.count({ scope, ...signal })),
      await isEmpty(context, "listing", async () => {
        const left = await namespace.list({ scope, limit: 1, ...signal });
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
      await isEmpty(context, `the ids of ${count(ids.length)} that went`, async () => {
        return (await namespace.get({ ids, scope, ...signal })).length;
      }),
    );
    const some = records.slice(0, searched);
    // A store that knows no words is not said to have been asked for them.
    if (namespace.hasKeywords) {
      const keywords = some.map((record) => queryTerms(currentRevision(toMemoryRecord(record).payload).text));
      checks.push(
        await isEmpty(context, `the words of ${count(some.length)} that went`, async () => {
          const weights = { own: 1, before: 1, after: 1 };
          const found = keywords.map((terms) =>
            namespace.searchText({ terms, weights, scope, limit: 1, ...signal }),
          );
          return (await Promise.all(found)).flat().length;
        }),
      );
    }
    const vectors = some.flatMap(({ vector }) => (vector ? [vector] : []));
    if (vectors.length > 0) {
      checks.push(
        await isEmpty(context, `the vectors of ${count(vectors.length)} that went`, async () => {
          const found = vectors.map((vector) => namespace.search({ vector, scope, limit: 1, ...signal }));
          return (await Promise.all(found)).flat().length;
        }),
      );
    }
    return { memories, checks };
  });
}

async function isEmpty(context: OperationContext, how: string, look: () => Promise<number>): Promise<string> {
  const left = await look();
  if (left === 0) return `nothing is found by ${how}`;
  throw new StoreError(
    `Forgetting is not complete: ${left} memories are still found by ${how}. Call forget again; if they stay, the store does not delete what it is told to.`,
    { store: context.namespace.store },
    { retryable: true },
  );
}

function count(memories: number): string {
  return memories === 1 ? "one memory" : `${memories} memories`;
}
