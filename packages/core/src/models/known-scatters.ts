import type { CosineScatter } from "../store/manifest.ts";

/** Models whose scatter was measured, by their names on any server, on more texts than a probe has. */
const known: readonly (readonly [name: RegExp, scatter: CosineScatter])[] = [
  // Its larger sister, all-minilm:33m, was not measured.
  [/all-minilm-l6-v2|all-minilm(:latest|:22m.*)?$/, { mean: 0.087, deviation: 0.092 }],
  [/multilingual-e5-small/, { mean: 0.745, deviation: 0.024 }],
];

/** How the cosines of a model scatter, by its name; undefined for an unknown one, which is measured. */
export function knownScatter(model: string): CosineScatter | undefined {
  const name = model.toLowerCase();
  return known.find(([pattern]) => pattern.test(name))?.[1];
}
