import { KeyError } from "../errors/key-error.ts";
import { importKey, seal, unseal } from "./aes-gcm.ts";
import type { KeyOwner, KeyProvider } from "./key-provider.ts";

/** Where the masters of organizations are kept. */
export interface MasterKeys {
  /**
   * The owner's master, 32 random bytes, undefined where it has none.
   * @throws KeyError `unavailable` when that cannot be said now; never undefined then
   */
  find(owner: KeyOwner, options: { readonly signal?: AbortSignal }): Promise<Uint8Array | undefined>;
  /** Keeps a master for an owner that has none, and answers with the one that is kept: another process may have been first. */
  add(owner: KeyOwner, master: Uint8Array, options: { readonly signal?: AbortSignal }): Promise<Uint8Array>;
  /** Destroys the owner's master. Does nothing where there is none. */
  destroy(owner: KeyOwner, options: { readonly signal?: AbortSignal }): Promise<void>;
}

/**
 * Makes a key provider of a place that keeps one master for each organization: data keys are made and wrapped here, by
 * AES-256-GCM, bound to their owner. For a service that wraps keys itself, implement `KeyProvider`.
 * @param id names the provider; see `KeyProvider.id`
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
          `Key provider "${id}" has no key of this organization: it was destroyed, or never was here. What it encrypted cannot be read.`,
          { problem: "missing" },
        );
      }
      try {
        return await unseal(await importKey(master), wrapped, nameOf(owner));
      } catch (cause) {
        throw new KeyError(
          `Key provider "${id}" has another key of this organization than the one that wrapped its data key. Restore the right one; nothing is lost until then.`,
          { problem: "wrong" },
          { cause },
        );
      }
    },
    destroy: (owner, options) => masters.destroy(owner, options),
  };
}

function random(bytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(bytes));
}

function nameOf({ deployment, orgId }: KeyOwner): string {
  return JSON.stringify(["loci data key", deployment, orgId]);
}
