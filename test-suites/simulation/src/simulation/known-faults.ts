import type { Invariant, Violation } from "../story/invariants.ts";

/** A fault that is known and not yet mended. It is removed from here with its mending. */
interface KnownFault {
  readonly invariant: Invariant;
  readonly what: RegExp;
  readonly reason: string;
}

export const knownFaults: readonly KnownFault[] = [
  {
    invariant: "unlisted",
    what: /a claim of/,
    reason: "An onboarding that fails leaves its claim, an empty namespace, which nothing lists.",
  },
  {
    invariant: "unusable",
    what: /is being migrated/,
    reason: "A migration that died while it switched holds every write until someone ends it.",
  },
  {
    invariant: "unusable",
    what: /is missing from the/,
    reason: "An offboarding drops what an onboarding beside it has made.",
  },
  {
    invariant: "resurrected",
    what: /not in use has text/,
    reason: "A deletion leaves texts in what a migration that broke off left behind.",
  },
  {
    invariant: "resurrected",
    what: / in use has text \d+ in the (vector|keywords)/,
    reason: "A deletion beside a switch does not look at the neighbours at the new place.",
  },
  {
    invariant: "index",
    what: /has text \d+ in the (vector|keywords)/,
    reason: "A neighbour is indexed with a text before that is stored, and keeps it where that fails.",
  },
];

/** Whether a violation is one of the known faults. */
export function isKnown({ invariant, what }: Violation): boolean {
  return knownFaults.some((fault) => fault.invariant === invariant && fault.what.test(what));
}
