import type { KeyOwner, MasterKeys } from "@loci/core";

/** Fake masters, kept in this process: they show what becomes of memories with them, and without. */
export function fakeMasterKeys(): MasterKeys & { readonly kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  const nameOf = ({ deployment, orgId, generation }: KeyOwner) =>
    JSON.stringify([deployment, orgId, generation]);
  return {
    kept,
    find: async (owner) => kept.get(nameOf(owner)),
    async add(owner, master) {
      const first = kept.get(nameOf(owner)) ?? master;
      kept.set(nameOf(owner), first);
      return first;
    },
    destroy: async (owner) => void kept.delete(nameOf(owner)),
  };
}
