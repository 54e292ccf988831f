import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { callStore } from "../namespace/call-store.ts";
import { CheckedNamespace } from "../namespace/verified-namespace.ts";
import { exactReach, type Placement, placementOf, type Reach } from "../scope/scope-filter.ts";
import { type Manifest, verifyManifest } from "../store/manifest.ts";
import { namespaceKey } from "../store/namespace-key.ts";
import type { VectorStore } from "../store/vector-store.ts";
import { Claim } from "./write-once-register.ts";

type Signal = { readonly signal?: AbortSignal };

/** Where everything in the directory is placed. */
export const directoryPlacement: Placement = placementOf({});
/** Reaches everything in the directory. */
export const directoryReach: Reach = exactReach(directoryPlacement);

/** The one reserved namespace of a deployment, which holds the list of its tenants and the ledger of its receipts. */
export class DirectoryNamespace {
  readonly store: VectorStore;
  readonly deployment: string;
  #namespace: CheckedNamespace | undefined;

  constructor(store: VectorStore, deployment: string) {
    this.store = store;
    this.deployment = deployment;
  }

  /** Undefined before the first organization. */
  async find(options: Signal): Promise<CheckedNamespace | undefined> {
    try {
      return await this.#open({}, options);
    } catch (error) {
      if (NamespaceNotFoundError.isInstance(error)) return undefined;
      throw error;
    }
  }

  /** @param subject what several processes might choose differently, and at which step of it */
  claim(subject: string, step: number): Claim {
    return new Claim(this.store, this.deployment, subject, step);
  }

  async openOrCreate(options: Signal): Promise<CheckedNamespace> {
    return this.#open({ create: { ...this.#expected(), createdAt: Date.now() } }, options);
  }

  async #open(create: { readonly create?: Manifest }, options: Signal): Promise<CheckedNamespace> {
    if (this.#namespace) return this.#namespace;
    const key = namespaceKey(this.#expected());
    const inner = await callStore(this.store, "open", options.signal, () =>
      this.store.open(key, { ...create, ...options }),
    );
    verifyManifest(inner.manifest, this.#expected(), key);
    this.#namespace = new CheckedNamespace(this.store, key, inner);
    return this.#namespace;
  }

  #expected(): Omit<Manifest, "createdAt"> {
    return {
      kind: "directory",
      deployment: this.deployment,
      orgId: "",
      generation: 1,
      scheme: 1,
      embedder: null,
    };
  }
}
