import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { NamespaceOwnershipError } from "../errors/namespace-ownership-error.ts";
import { StoreError } from "../errors/store-error.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { type Manifest, verifyManifest } from "../store/manifest.ts";
import { namespaceKey } from "../store/namespace-key.ts";
import type { DropReport, Namespace, StoreCapabilities, VectorStore } from "../store/vector-store.ts";
import { Steps } from "../util/steps.ts";
import { callStore } from "./call-store.ts";
import { noPlaceholder } from "./placeholder.ts";

type Signal = { readonly signal?: AbortSignal };

/** What the manifest of a namespace has to say. Its key follows from it. */
export type NamespaceOwner = Pick<Manifest, "scheme" | "kind" | "deployment" | "orgId" | "generation">;

/** A store as core uses it: a namespace is named by its owner, and what it says of its owner is compared. */
export class VerifiedStore {
  readonly #store: VectorStore;

  readonly steps: Steps;

  constructor(store: VectorStore, steps: Steps = new Steps()) {
    this.#store = store;
    this.steps = steps;
  }

  get name(): string {
    return this.#store.name;
  }

  get capabilities(): StoreCapabilities {
    return this.#store.capabilities;
  }

  /**
   * Opens the owner's namespace, or creates it with the manifest that is given.
   * @throws NamespaceNotFoundError; NamespaceOwnershipError when it belongs to another owner
   */
  async open(owner: NamespaceOwner, options: Signal & { readonly create?: Manifest }): Promise<Namespace> {
    const key = namespaceKey(owner);
    const namespace = await callStore(this, "open", options, () => this.#store.open({ key, ...options }));
    verifyManifest(namespace.manifest, owner, key);
    return namespace;
  }

  /**
   * Drops the owner's namespace, or does nothing where there is none. One that is damaged is dropped under its own name.
   * @throws NamespaceOwnershipError when another owner's lies there
   */
  async drop(owner: NamespaceOwner, options: Signal): Promise<DropReport> {
    const key = namespaceKey(owner);
    await this.open(owner, options).catch((error: unknown) => {
      options.signal?.throwIfAborted();
      // A backend that does not answer has not said whose it is.
      if (NamespaceOwnershipError.isInstance(error) || StoreError.isInstance(error)) throw error;
    });
    return callStore(this, "drop", options, () => this.#store.drop({ key, ...options }));
  }

  /** How many records the owner's namespace has, without placeholders; null where there is none. */
  async count(owner: NamespaceOwner, options: Signal): Promise<number | null> {
    try {
      const namespace = await this.open(owner, options);
      const scope = scopeFilter({}, "within");
      return await callStore(this, "count", options, () =>
        namespace.count({ scope, filter: noPlaceholder, ...options }),
      );
    } catch (error) {
      if (NamespaceNotFoundError.isInstance(error)) return null;
      throw error;
    }
  }

  /** What the backend itself still lists of the namespace, undefined where the store cannot say. */
  async leftovers(owner: NamespaceOwner, options: Signal): Promise<readonly string[] | undefined> {
    const key = namespaceKey(owner);
    return callStore(this, "leftovers", options, async () => this.#store.leftovers?.({ key, ...options }));
  }
}
