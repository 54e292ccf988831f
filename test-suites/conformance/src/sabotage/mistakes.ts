import { forgottenConditions } from "./forgotten-conditions.ts";
import { misreadFilters } from "./misread-filters.ts";
import type { NamedMistake } from "./named-mistake.ts";
import { staleAnswers } from "./stale-answers.ts";
import { wrongAnswers } from "./wrong-answers.ts";
import { wrongHandles } from "./wrong-handles.ts";
import { wrongWrites } from "./wrong-writes.ts";

/** Every mistake there is. Which operations and calls it is made in, others decide. */
export const mistakes: readonly NamedMistake[] = [
  ...forgottenConditions,
  ...misreadFilters,
  ...staleAnswers,
  ...wrongAnswers,
  ...wrongWrites,
  ...wrongHandles,
];
