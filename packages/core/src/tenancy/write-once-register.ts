import type { NamespaceOwner, VerifiedStore } from "../namespace/verified-store.ts";

type Signal = { readonly signal?: AbortSignal };

/**
 * Lets processes agree on one choice. Every store lets a single process create a namespace, so an empty one in the
 * registry's store holds the winner's choice for a moment.
 */
export class WriteOnceRegister {
  readonly #store: VerifiedStore;
  readonly #owner: NamespaceOwner;

  /** @param subject what the processes must agree on @param version the tenant's version that it belongs to */
  constructor(store: VerifiedStore, deployment: string, subject: string, version: number) {
    this.#store = store;
    this.#owner = { scheme: 1, kind: "claim", deployment, orgId: subject, generation: version };
  }

  /** Proposes a choice. @returns the first one that any process proposed */
  async decide(choice: string, options: Signal): Promise<string> {
    const create = { ...this.#owner, embedder: null, choice, createdAt: Date.now() };
    const { manifest } = await this.#store.open(this.#owner, { create, ...options });
    return manifest.choice ?? choice;
  }

  /** Removes the register, once the choice is recorded in the registry. */
  async clear(options: Signal): Promise<void> {
    await this.#store.drop(this.#owner, options);
  }
}
