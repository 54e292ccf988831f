import type { Mistake, Operation } from "./mistake.ts";
import { mistakes } from "./mistakes.ts";
import { inMode, modes } from "./mode.ts";

/** A way to break any store, to see that the suite notices. */
export interface Sabotage {
  /** In kebab-case. */
  readonly name: string;
  /** What the store does wrong, in one sentence. */
  readonly does: string;
  /** The case that has to fail. Others may fail with it. */
  readonly noticedBy: string;
  readonly mistake: Mistake;
}

/** Ways to break any store, as stores were seen to be broken. */
export const sabotages: readonly Sabotage[] = [
  sabotage("forgets-the-reach", { in: "list", noticedBy: "reads-see-exactly-their-reach" }),
  sabotage("forgets-the-reach", { in: "search", noticedBy: "reads-see-exactly-their-reach" }),
  sabotage("forgets-the-reach", { in: "count", noticedBy: "reads-answer-the-reference" }),
  sabotage("forgets-the-reach", { in: "get", noticedBy: "reads-answer-the-reference" }),
  sabotage("forgets-the-reach", { in: "delete", noticedBy: "deleting-stays-in-its-reach" }),
  sabotage("forgets-the-run", { in: "list", noticedBy: "reads-see-exactly-their-reach" }),
  sabotage("folds-the-user", { in: "list", noticedBy: "reads-see-exactly-their-reach" }),
  sabotage("forgets-the-filter", { in: "search", noticedBy: "reads-answer-the-reference" }),
  sabotage("takes-or-for-and", { in: "list", noticedBy: "reads-answer-the-reference" }),
  sabotage("drops-negations", { in: "list", noticedBy: "reads-answer-the-reference" }),
  sabotage("forgets-the-ids", { in: "delete", noticedBy: "names-are-never-parsed" }),
  sabotage("forgets-the-reach", {
    in: "get",
    mode: "in-crowds-of-calls",
    noticedBy: "handles-stay-right-however-used",
  }),
  sabotage("forgets-the-filter", {
    in: "list",
    mode: "in-deepest-filters",
    noticedBy: "handles-stay-right-however-used",
  }),
  sabotage("leaves-out-expiry", { in: "search", noticedBy: "handles-stay-right-however-used" }),
  sabotage("forgets-the-user", {
    in: "delete",
    mode: "over-1000-records",
    noticedBy: "deletions-stay-exact-among-many",
  }),
  sabotage("normalizes-the-user", { in: "count", noticedBy: "alike-names-stay-apart-at-every-level" }),
  sabotage("folds-ids", { in: "delete", noticedBy: "alike-ids-stay-apart" }),
  sabotage("keeps-answers-until-a-write", {
    in: "search",
    mode: "with-a-signal",
    noticedBy: "no-answer-outlives-a-change",
  }),
  sabotage("keeps-answers-for-anybody", { noticedBy: "answers-are-not-shared-between-reaches" }),
  sabotage("keeps-answers-until-a-write", { noticedBy: "no-answer-outlives-a-change" }),
  sabotage("shares-running-answers", { noticedBy: "concurrent-calls-keep-their-namespace" }),
  sabotage("keeps-the-latest-reach", { noticedBy: "concurrent-calls-keep-their-namespace" }),
  sabotage("asks-the-latest-namespace", { noticedBy: "namespaces-share-no-record" }),
  sabotage("takes-forged-reaches", { noticedBy: "forged-reaches-are-refused" }),
  sabotage("begins-listings-anew", { noticedBy: "listing-is-complete-and-ordered" }),
  sabotage("halves-scores", { noticedBy: "similarity-is-the-cosine" }),
  sabotage("cuts-what-it-writes", { noticedBy: "records-come-back-whole" }),
  sabotage("forgets-vectors", { noticedBy: "records-come-back-whole" }),
  sabotage("loses-the-user", { noticedBy: "reads-see-exactly-their-reach" }),
  sabotage("steals-ids", { noticedBy: "changes-leave-what-the-reference-leaves" }),
  sabotage("stamps-what-it-writes", { noticedBy: "stamps-are-data" }),
  sabotage("acknowledges-only", { noticedBy: "writes-are-visible-at-once" }),
  sabotage("acknowledges-too-early", { noticedBy: "writes-are-visible-at-once" }),
  sabotage("writes-500", { noticedBy: "long-lists-are-taken" }),
  sabotage("deletes-nothing", { noticedBy: "writes-are-visible-at-once" }),
  sabotage("deletes-500", { noticedBy: "long-lists-are-taken" }),
  sabotage("ignores-what-is-expected", { noticedBy: "versions-guard-writes" }),
  sabotage("writes-what-was-deleted", { noticedBy: "what-was-deleted-is-not-written-back" }),
  sabotage("compares-before-it-writes", { noticedBy: "of-those-who-expect-a-version-one-writes" }),
  sabotage("says-no-conflict", { noticedBy: "conflicts-are-answered-one-by-one" }),
  sabotage("gives-one-version", { noticedBy: "every-read-returns-the-version" }),
  sabotage("forgets-the-versions", { noticedBy: "deleting-by-version-spares-what-was-rewritten" }),
  sabotage("writes-what-was-aborted", { noticedBy: "aborted-calls-stop" }),
  sabotage("creates-unasked", { noticedBy: "nothing-is-created-unasked" }),
  sabotage("creates-in-two-steps", { noticedBy: "two-creators-make-one" }),
  sabotage("echoes-the-manifest", { noticedBy: "manifests-are-kept" }),
  sabotage("drops-nothing", { noticedBy: "what-was-dropped-stays-dropped" }),
  sabotage("keeps-records-over-a-drop", { noticedBy: "what-is-created-anew-is-empty" }),
  sabotage("acknowledges-after-a-drop", { noticedBy: "what-was-dropped-stays-dropped" }),
];

interface Choice {
  /** Where it is made. Default: in every operation that it can be made in. */
  readonly in?: Operation;
  /** The calls in which it is made. Default: all. */
  readonly mode?: string;
  readonly noticedBy: string;
}

/** One of the mistakes, in some of the calls. */
function sabotage(id: string, { in: operation, mode: modeId, noticedBy }: Choice): Sabotage {
  const mistake = mistakes.find((one) => one.id === id);
  const mode = modes.find((one) => one.id === modeId);
  if (!mistake || (modeId && !mode)) throw new Error(`There is no mistake ${id}, or no mode ${modeId}.`);
  const all = mistake.calls ?? {};
  const helping = Object.fromEntries((mistake.alongside ?? []).map((other) => [other, all[other]]));
  const chosen = operation ? { [operation]: all[operation] } : all;
  const calls = { ...(mode ? inMode(chosen, mode) : chosen), ...helping };
  return {
    name: [id, operation, modeId].filter((part) => part !== undefined).join("-"),
    does: `${mistake.does}${operation ? `, in ${operation}` : ""}${mode ? `, ${mode.when}` : ""}.`,
    noticedBy,
    mistake: { ...mistake, calls },
  };
}
