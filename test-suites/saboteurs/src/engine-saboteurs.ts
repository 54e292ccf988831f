import { engineAnswerSaboteurs } from "./engine-answer-saboteurs.ts";
import { engineKeySaboteurs } from "./engine-key-saboteurs.ts";
import { engineLifeSaboteurs } from "./engine-life-saboteurs.ts";
import { engineScopeSaboteurs } from "./engine-scope-saboteurs.ts";
import type { Saboteur } from "./saboteur.ts";

/** Memories that leak, each in one way, on a store that is right. */
export const engineSaboteurs: readonly Saboteur[] = [
  ...engineLifeSaboteurs,
  ...engineScopeSaboteurs,
  ...engineKeySaboteurs,
  ...engineAnswerSaboteurs,
];
