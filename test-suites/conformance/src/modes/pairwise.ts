/**
 * Combinations of one value of each factor, so that every two values of two factors stand together in at least one of them. Most
 * faults need one value or two at once (Kuhn, Wallace and Gallo, "Software Fault Interactions and Implications for Software
 * Testing", 2004). Greedy: each combination takes a pair that is missing, and then, factor by factor, the value that brings most
 * of the others. What no pair needs is drawn.
 */
export function pairwise<T extends Factors>(factors: T, random: () => number): readonly Combination<T>[] {
  const names = Object.keys(factors);
  // Every value has a number, so that a pair is a place in a table.
  const values = names.flatMap((name, factor) =>
    (factors[name] ?? []).map((_, index) => ({ factor, index })),
  );
  const first = names.map((_, factor) => values.findIndex((value) => value.factor === factor));
  const missing = values.map((a) => values.map((b) => a.factor < b.factor));
  const isMissing = (a: number, b: number) => missing[Math.min(a, b)]?.[Math.max(a, b)] === true;

  const combinations: Combination<T>[] = [];
  for (let a = 0; a < values.length || combinations.length === 0; a++) {
    for (;;) {
      const b = missing[a]?.indexOf(true) ?? -1;
      if (b < 0 && combinations.length > 0) break;
      const chosen = b < 0 ? [] : [a, b];
      for (const [factor, name] of names.entries()) {
        if (chosen.some((one) => values[one]?.factor === factor)) continue;
        const candidates = (factors[name] ?? []).map((_, index) => (first[factor] ?? 0) + index);
        const gains = candidates.map((one) => chosen.filter((other) => isMissing(one, other)).length);
        const best = candidates.filter((_, index) => gains[index] === Math.max(...gains));
        chosen.push(best[Math.floor(random() * best.length)] ?? 0);
      }
      for (const one of chosen) for (const other of chosen) (missing[one] as boolean[])[other] = false;
      const taken = new Map(chosen.map((one) => [values[one]?.factor, values[one]?.index ?? 0]));
      const entries = names.map((name, factor) => [name, factors[name]?.[taken.get(factor) ?? 0]]);
      combinations.push(Object.fromEntries(entries) as Combination<T>);
    }
  }
  return combinations;
}

/** Combinations in which every value stands at least once, beside others that are drawn: for what takes too long for every pair. */
export function eachValue<T extends Factors>(factors: T, random: () => number): readonly Combination<T>[] {
  const names = Object.keys(factors);
  const columns = names.map((name) => shuffled(factors[name] ?? [], random));
  const rows = Math.max(...columns.map(({ length }) => length));
  return Array.from(
    { length: rows },
    (_, row) =>
      Object.fromEntries(
        names.map((name, at) => {
          const column = columns[at] ?? [];
          return [name, row < column.length ? column[row] : column[Math.floor(random() * column.length)]];
        }),
      ) as Combination<T>,
  );
}

export function shuffled<T>(values: readonly T[], random: () => number): readonly T[] {
  return values
    .map((value) => ({ value, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

/** Every factor with its values, of which there is at least one. */
export type Factors = Readonly<Record<string, readonly unknown[]>>;

/** One value of each factor. */
export type Combination<T extends Factors> = { readonly [name in keyof T]: T[name][number] };
