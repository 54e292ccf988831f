import { callStore } from "../namespace/call-store.ts";
import { type Manifest, verifyManifest } from "../store/manifest.ts";
import { type NamespaceKey, namespaceKey } from "../store/namespace-key.ts";
import type { VectorStore } from "../store/vector-store.ts";

type Signal = { readonly signal?: AbortSignal };

/**
 * Agrees on one choice among processes: creating a namespace is the one thing that every store lets a single process win,
 * so that an empty one, in the directory's store, holds the winner's choice for a moment.
 */
export class WriteOnceRegister {
  readonly #store: VectorStore;
  readonly #key: NamespaceKey;
  readonly #manifest: Omit<Manifest, "createdAt" | "choice">;

  /** @param subject what is chosen, and at which step of it */
  constructor(store: VectorStore, deployment: string, subject: string, step: number) {
    this.#store = store;
    this.#manifest = {
      scheme: 1,
      kind: "claim",
      deployment,
      orgId: subject,
      generation: step,
      embedder: null,
    };
    this.#key = namespaceKey(this.#manifest);
  }

  /** What was chosen first. */
  async decide(choice: string, options: Signal): Promise<string> {
    const create: Manifest = { ...this.#manifest, choice, createdAt: Date.now() };
    const { manifest } = await callStore(this.#store, "open", options.signal, () =>
      this.#store.open({ key: this.#key, create, ...options }),
    );
    verifyManifest(manifest, this.#manifest, this.#key);
    return manifest.choice ?? choice;
  }

  /** Takes the claim away, once what was chosen is written down. */
  async clear(options: Signal): Promise<void> {
    await callStore(this.#store, "drop", options.signal, () =>
      this.#store.drop({ key: this.#key, ...options }),
    );
  }
}
