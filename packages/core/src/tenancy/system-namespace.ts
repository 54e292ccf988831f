import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { callStore } from "../namespace/call-store.ts";
import { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import { exactScopeFilter, type ScopeFilter, type ScopeKey, scopeKeyOf } from "../scope/scope-filter.ts";
import { type Manifest, verifyManifest } from "../store/manifest.ts";
import { namespaceKey } from "../store/namespace-key.ts";
import type { VectorStore } from "../store/vector-store.ts";
import { WriteOnceRegister } from "./write-once-register.ts";

type Signal = { readonly signal?: AbortSignal };

/** The one reserved namespace of a deployment. It holds the tenant registry and the ledger of receipts. */
export class SystemNamespace {
  readonly store: VectorStore;
  readonly deployment: string;
  #namespace: VerifiedNamespace | undefined;

  constructor(store: VectorStore, deployment: string) {
    this.store = store;
    this.deployment = deployment;
  }

  /** Undefined before the first organization. */
  async find(options: Signal): Promise<VerifiedNamespace | undefined> {
    try {
      return await this.#open({}, options);
    } catch (error) {
      if (NamespaceNotFoundError.isInstance(error)) return undefined;
      throw error;
    }
  }

  /** @param subject what several processes must agree on @param version the tenant's version that it belongs to */
  register(subject: string, version: number): WriteOnceRegister {
    return new WriteOnceRegister(this.store, this.deployment, subject, version);
  }

  async openOrCreate(options: Signal): Promise<VerifiedNamespace> {
    return this.#open({ create: { ...this.#expected(), createdAt: Date.now() } }, options);
  }

  async #open(create: { readonly create?: Manifest }, options: Signal): Promise<VerifiedNamespace> {
    if (this.#namespace) return this.#namespace;
    const key = namespaceKey(this.#expected());
    const inner = await callStore(this.store, "open", options.signal, () =>
      this.store.open({ key, ...create, ...options }),
    );
    verifyManifest(inner.manifest, this.#expected(), key);
    this.#namespace = new VerifiedNamespace(this.store, key, inner);
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

/** The scope key of every record in the system namespace. */
export const systemScopeKey: ScopeKey = scopeKeyOf({});

/** Matches every record in the system namespace. */
export const systemScopeFilter: ScopeFilter = exactScopeFilter(systemScopeKey);
