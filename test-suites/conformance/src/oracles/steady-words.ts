/**
 * Compares what was seen beside others with what was seen alone, twice: what differs between the two times alone is chance, such as
 * a random version or a moment, and is left out. Returns the first word that others have changed, undefined where there is none.
 */
export function steadyDifference(
  alone: readonly string[],
  again: readonly string[],
  besideOthers: readonly string[],
): { readonly at: number; readonly alone: string; readonly besideOthers: string } | undefined {
  for (const [at, first] of alone.entries()) {
    const [a, b, c] = [first, again[at] ?? "", besideOthers[at] ?? ""].map(wordsOf) as [
      string[],
      string[],
      string[],
    ];
    const isChance = (index: number) => a[index] !== b[index];
    if (a.length === b.length && a.length !== c.length)
      return { at, alone: first, besideOthers: besideOthers[at] ?? "nothing" };
    const changed = a.findIndex((word, index) => !isChance(index) && word !== c[index]);
    if (a.length === b.length && changed >= 0)
      return { at, alone: a[changed] ?? "", besideOthers: c[changed] ?? "nothing" };
  }
  return undefined;
}

function wordsOf(text: string): string[] {
  return text.split(/([^\p{L}\p{N}_]+)/u);
}
