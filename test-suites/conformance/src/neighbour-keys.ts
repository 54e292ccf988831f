import type { NamespaceKey } from "@loci/core/store";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
const prefix = "m1_";

/**
 * Keys that differ from a key in one character, one for each place that may differ: all but the three of the prefix. They have the
 * form of keys that core derives, and no store can tell them from those.
 */
export function neighbourKeys(key: NamespaceKey): readonly NamespaceKey[] {
  return Array.from({ length: key.length - prefix.length }, (_, index) => {
    const at = index + prefix.length;
    const other = alphabet[(alphabet.indexOf(key[at] ?? "") + 1) % alphabet.length];
    return `${key.slice(0, at)}${other}${key.slice(at + 1)}` as NamespaceKey;
  });
}
