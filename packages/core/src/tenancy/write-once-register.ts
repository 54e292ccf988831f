import { callStore } from "../namespace/call-store.ts";
import { type Manifest, verifyManifest } from "../store/manifest.ts";
import { type NamespaceKey, namespaceKey } from "../store/namespace-key.ts";
import type { VectorStore } from "../store/vector-store.ts";

type Signal = { readonly signal?: AbortSignal };

/**
 * Lets processes agree on one choice. Creating a namespace is the only operation that every store lets a single
 * process win. An empty namespace in the registry's store therefore holds the winner's choice until it is recorded.
 */
export class WriteOnceRegister {
  readonly #store: VectorStore;
  readonly #key: NamespaceKey;
  readonly #manifest: Omit<Manifest, "createdAt" | "choice">;

  /** @param subject what is chosen @param version the version of the subject */
  constructor(store: VectorStore, deployment: string, subject: string, version: number) {
    this.#store = store;
    this.#manifest = {
      scheme: 1,
      kind: "claim",
      deployment,
      orgId: subject,
      generation: version,
      embedder: null,
    };
    this.#key = namespaceKey(this.#manifest);
  }

  /** Registers a choice. @returns the choice of the first process */
  async decide(choice: string, options: Signal): Promise<string> {
    const create: Manifest = { ...this.#manifest, choice, createdAt: Date.now() };
    const { manifest } = await callStore(this.#store, "open", options.signal, () =>
      this.#store.open({ key: this.#key, create, ...options }),
    );
    verifyManifest(manifest, this.#manifest, this.#key);
    return manifest.choice ?? choice;
  }

  /** Removes the register, once the choice is recorded. */
  async clear(options: Signal): Promise<void> {
    await callStore(this.#store, "drop", options.signal, () =>
      this.#store.drop({ key: this.#key, ...options }),
    );
  }
}
