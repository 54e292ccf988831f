import { type Manifest, verifyManifest } from "../namespace/manifest.ts";
import { type NamespaceKey, namespaceKey } from "../namespace/namespace-key.ts";
import type { Place } from "../namespace/place.ts";
import type { Tenant } from "../scope/tenant.ts";
import type { VectorStore } from "../store/vector-store.ts";

type Signal = { readonly signal?: AbortSignal };

/**
 * Agrees on one place for a tenant that begins, whoever else is at it: creating a namespace is the one thing that a store
 * lets a single process win, so that an empty one, in the directory's store, holds the winner's choice for a moment.
 */
export class Claim {
  readonly #store: VectorStore;
  readonly #key: NamespaceKey;
  readonly #manifest: Omit<Manifest, "createdAt" | "place">;

  constructor(store: VectorStore, deployment: string, { kind, orgId }: Tenant, step: number) {
    this.#store = store;
    // An organization of any name and the only tenant are two.
    this.#manifest = {
      scheme: 1,
      kind: "claim",
      deployment,
      orgId: `${kind}:${orgId}`,
      generation: step,
      embedder: null,
    };
    this.#key = namespaceKey(this.#manifest);
  }

  /** The place that was chosen first. */
  async settle(place: Place, options: Signal): Promise<Place> {
    const create: Manifest = { ...this.#manifest, place, createdAt: Date.now() };
    const { manifest } = await this.#store.open(this.#key, { create, ...options });
    verifyManifest(manifest, this.#manifest, this.#key);
    return manifest.place ?? place;
  }

  /** Takes the claim away, once the directory says where the tenant is. */
  async release(options: Signal): Promise<void> {
    await this.#store.drop(this.#key, options);
  }
}
