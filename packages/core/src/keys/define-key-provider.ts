import { KeyError } from "../errors/key-error.ts";
import { importKey, seal, unseal } from "./aes-gcm.ts";
import type { KeyOwner, KeyProvider } from "./key-provider.ts";

/**
 * Makes a key provider from a storage with one master key for each organization. It creates data keys and wraps them
 * with AES-256-GCM, bound to their owner. For a service that wraps keys, implement `KeyProvider`.
 * @param id names the provider; see `KeyProvider.id`
 * @example
 * ```ts
 * const keys = defineKeyProvider("vault", masters);
 * const memory = new Memory({ store: inMemory(), keys });
 * ```
 */
export function defineKeyProvider(id: string, masters: MasterKeys): KeyProvider {
  return {
    specVersion: 1,
    id,
    async create(owner, options) {
      const known = await masters.find(owner, options);
      const master = known ?? (await masters.add(owner, random(32), options));
      const key = random(32);
      return { key, wrapped: await seal(await importKey(master), key, nameOf(owner)) };
    },
    async open(wrapped, owner, options) {
      const master = await masters.find(owner, options);
      if (!master) {
        throw new KeyError(
          `Key provider "${id}" has no key of this organization: it was destroyed or never existed. Data encrypted with it cannot be read.`,
          { problem: "missing" },
        );
      }
      try {
        return await unseal(await importKey(master), wrapped, nameOf(owner));
      } catch (cause) {
        throw new KeyError(
          `Key provider "${id}" has a different key of this organization than the one that wrapped its data key. Restore the right key; nothing is lost.`,
          { problem: "wrong" },
          { cause },
        );
      }
    },
    destroy: (owner, options) => masters.destroy(owner, options),
  };
}

/**
 * Storage for the master keys of organizations.
 * @example
 * ```ts
 * const masters = new Map<string, Uint8Array>(); // yours outlives the process
 * const name = ({ orgId, generation }: KeyOwner) => JSON.stringify([orgId, generation]);
 * const storage: MasterKeys = {
 *   find: async (owner) => masters.get(name(owner)),
 *   add: async (owner, master) => {
 *     if (!masters.has(name(owner))) masters.set(name(owner), master);
 *     return masters.get(name(owner)) ?? master;
 *   },
 *   destroy: async (owner) => void masters.delete(name(owner)),
 * };
 * ```
 */
export interface MasterKeys {
  /**
   * The owner's master key, 32 random bytes, undefined when there is none.
   * @throws KeyError `unavailable` when the storage does not answer; it must not return undefined then
   */
  find(owner: KeyOwner, options: { readonly signal?: AbortSignal }): Promise<Uint8Array | undefined>;
  /**
   * Stores a master key for an owner without one. Returns the stored key, since another process may have been first.
   */
  add(owner: KeyOwner, master: Uint8Array, options: { readonly signal?: AbortSignal }): Promise<Uint8Array>;
  /** Destroys the owner's master key. Does nothing when there is none. */
  destroy(owner: KeyOwner, options: { readonly signal?: AbortSignal }): Promise<void>;
}

function random(bytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(bytes));
}

function nameOf({ deployment, orgId, generation }: KeyOwner): string {
  return JSON.stringify(["loci data key", deployment, orgId, generation]);
}
