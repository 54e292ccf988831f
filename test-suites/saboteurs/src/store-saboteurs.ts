import { answerSaboteurs } from "./answer-saboteurs.ts";
import { filterSaboteurs } from "./filter-saboteurs.ts";
import { namespaceSaboteurs } from "./namespace-saboteurs.ts";
import { reachSaboteurs } from "./reach-saboteurs.ts";
import type { Saboteur } from "./saboteur.ts";

/** Stores that leak, each in one way. */
export const storeSaboteurs: readonly Saboteur[] = [
  ...reachSaboteurs,
  ...filterSaboteurs,
  ...namespaceSaboteurs,
  ...answerSaboteurs,
];
