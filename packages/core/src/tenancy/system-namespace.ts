import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import type { NamespaceOwner, VerifiedStore } from "../namespace/verified-store.ts";
import { exactScopeFilter, type ScopeFilter, type ScopeKey, scopeKeyOf } from "../scope/scope-filter.ts";
import type { Manifest } from "../store/manifest.ts";
import { namespaceKey } from "../store/namespace-key.ts";

type Signal = { readonly signal?: AbortSignal };

/** The one reserved namespace of a deployment. It holds the tenant registry and the ledger of receipts. */
export class SystemNamespace {
  readonly #store: VerifiedStore;
  readonly #owner: NamespaceOwner;
  #namespace: VerifiedNamespace | undefined;

  constructor(store: VerifiedStore, deployment: string) {
    this.#store = store;
    this.#owner = systemOwner(deployment);
  }

  /** Undefined before the first organization. */
  async find(options: Signal): Promise<VerifiedNamespace | undefined> {
    try {
      return await this.#open(options);
    } catch (error) {
      if (NamespaceNotFoundError.isInstance(error)) return undefined;
      throw error;
    }
  }

  async openOrCreate(options: Signal): Promise<VerifiedNamespace> {
    return this.#open({ create: { ...this.#owner, embedder: null, createdAt: Date.now() }, ...options });
  }

  async #open(options: Signal & { readonly create?: Manifest }): Promise<VerifiedNamespace> {
    if (this.#namespace) return this.#namespace;
    const inner = await this.#store.open(this.#owner, options);
    this.#namespace = new VerifiedNamespace(this.#store, namespaceKey(this.#owner), inner);
    return this.#namespace;
  }
}

/** The scope key of every record in the system namespace. */
export const systemScopeKey: ScopeKey = scopeKeyOf({});

/** Matches every record in the system namespace. */
export const systemScopeFilter: ScopeFilter = exactScopeFilter(systemScopeKey);

/** Who owns the system namespace of a deployment. */
export function systemOwner(deployment: string): NamespaceOwner {
  return { scheme: 1, kind: "directory", deployment, orgId: "", generation: 1 };
}
