/**
 * Gives each organization its own data keys, and keeps the master keys that unwrap them: in a key management
 * service, a vault, or files. Core encrypts with the data key and stores it only wrapped.
 * @example
 * ```ts
 * const keys: KeyProvider = defineKeyProvider("vault", masters);
 * ```
 */
export interface KeyProvider {
  readonly specVersion: 1;
  /** Names the provider. It is stored with the encrypted data and must not change. */
  readonly id: string;
  /** Makes a data key under this owner's own master key. Creates the master key when there is none. */
  create(owner: KeyOwner, options: { readonly signal?: AbortSignal }): Promise<DataKey>;
  /**
   * Unwraps a data key.
   * @throws KeyError `missing` when the owner's master key was destroyed or never existed, `wrong` when it does not
   * unwrap the data key, `unavailable` when the provider does not answer now
   */
  open(wrapped: string, owner: KeyOwner, options: { readonly signal?: AbortSignal }): Promise<Uint8Array>;
  /**
   * Destroys the owner's master keys. Nothing that they wrapped can be unwrapped again, in backups either. Does
   * nothing when there are none.
   */
  destroy(owner: KeyOwner, options: { readonly signal?: AbortSignal }): Promise<void>;
}

/**
 * The owner of a key.
 * @example
 * ```ts
 * const pathOf = ({ deployment, orgId, generation }: KeyOwner) => `${deployment}/${orgId ?? "only"}/${generation}`;
 * ```
 */
export interface KeyOwner {
  readonly deployment: string;
  /** The organization, null with single tenancy. */
  readonly orgId: string | null;
  /** Which life of the organization: one that was offboarded and onboarded again has another number, and other keys. */
  readonly generation: number;
}

/** A new data key. */
interface DataKey {
  /** 32 random bytes. */
  readonly key: Uint8Array;
  /**
   * The wrapped key. Only the provider can unwrap it, and only for the same owner. Stored with the data that it
   * encrypts.
   */
  readonly wrapped: string;
}
