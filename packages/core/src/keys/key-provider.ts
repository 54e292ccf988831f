/** Whose key it is. */
export interface KeyOwner {
  readonly deployment: string;
  /** The organization, null with single tenancy. */
  readonly orgId: string | null;
}

/** A new data key. */
interface DataKey {
  /** 32 random bytes. */
  readonly key: Uint8Array;
  /** The same, so that only the provider can open it, and only for the same owner. Stored beside what it encrypts. */
  readonly wrapped: string;
}

/**
 * Gives each organization keys of its own, and keeps the masters that open them: a key management service, a vault, or
 * files. Core encrypts with what it gives, and stores the data key only as the provider wrapped it.
 */
export interface KeyProvider {
  readonly specVersion: 1;
  /** Names the provider. It is stored with what it encrypts, and has to stay the same. */
  readonly id: string;
  /** Makes a data key, under a master of this owner alone, which is made where there is none. */
  create(owner: KeyOwner, options: { readonly signal?: AbortSignal }): Promise<DataKey>;
  /**
   * Opens a data key.
   * @throws KeyError `missing` when the owner's master was destroyed or never was, `wrong` when it does not open it,
   * `unavailable` when that cannot be said now
   */
  open(wrapped: string, owner: KeyOwner, options: { readonly signal?: AbortSignal }): Promise<Uint8Array>;
  /**
   * Destroys the owner's masters, so that nothing that they wrapped can be opened again, on any backup either. Does
   * nothing where there are none.
   */
  destroy(owner: KeyOwner, options: { readonly signal?: AbortSignal }): Promise<void>;
}
