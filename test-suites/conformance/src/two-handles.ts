import type { Manifest, Namespace, NamespaceKey, VectorStore } from "@loci/core/store";
import type { CaseContext } from "./conformance-case.ts";
import { openOrganization } from "./fixtures.ts";

/** One organization by two handles, each with the store that it is of. */
export interface TwoHandles {
  readonly key: NamespaceKey;
  readonly manifest: Manifest;
  readonly stores: readonly [VectorStore, VectorStore];
  readonly namespaces: readonly [Namespace, Namespace];
}

/** Opens an organization twice: the handles are of two processes, where the harness has a second store. */
export async function twoHandles(
  { store, second }: Pick<CaseContext, "store" | "second">,
  orgId = "acme",
): Promise<TwoHandles> {
  const stores = [store, await second()] as const;
  const { key, manifest, namespace } = await openOrganization(stores[0], orgId);
  const { namespace: other } = await openOrganization(stores[1], orgId);
  return { key, manifest, stores, namespaces: [namespace, other] };
}
