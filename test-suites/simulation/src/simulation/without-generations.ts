import type { KeyProvider } from "@loci/core";

/**
 * A key provider that does not tell the lives of an organization apart.
 * @param masters those of the provider, where a key that was destroyed is never made again
 */
export function withoutGenerations(keys: KeyProvider, masters?: Map<string, Uint8Array>): KeyProvider {
  const ofAllLives = <T extends { readonly generation: number }>(owner: T) => ({ ...owner, generation: 1 });
  return {
    ...keys,
    create: async (owner, options) => {
      if (masters?.has(`destroyed ${owner.orgId}`)) throw new Error("This key was destroyed.");
      return keys.create(ofAllLives(owner), options);
    },
    open: (wrapped, owner, options) => keys.open(wrapped, ofAllLives(owner), options),
    destroy: async (owner, options) => {
      await keys.destroy(ofAllLives(owner), options);
      masters?.set(`destroyed ${owner.orgId}`, new Uint8Array());
    },
  };
}
