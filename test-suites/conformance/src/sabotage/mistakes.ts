import { forgottenConditions } from "./forgotten-conditions.ts";
import { misreadFilters } from "./misread-filters.ts";
import { mixedUpCalls } from "./mixed-up-calls.ts";
import type { NamedMistake } from "./named-mistake.ts";
import { staleAnswers } from "./stale-answers.ts";
import { wrongAnswers } from "./wrong-answers.ts";
import { wrongContents } from "./wrong-contents.ts";
import { wrongDeletions } from "./wrong-deletions.ts";
import { wrongOpenings } from "./wrong-openings.ts";
import { wrongWrites } from "./wrong-writes.ts";

/** Every mistake there is. Which operations and calls it is made in, others decide. */
export const mistakes: readonly NamedMistake[] = [
  ...forgottenConditions,
  ...misreadFilters,
  ...staleAnswers,
  ...wrongAnswers,
  ...wrongContents,
  ...wrongWrites,
  ...wrongDeletions,
  ...mixedUpCalls,
  ...wrongOpenings,
];
