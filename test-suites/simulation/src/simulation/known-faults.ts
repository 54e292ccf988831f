import type { Invariant, Violation } from "../story/invariants.ts";

/** A fault that is known and not yet mended. It is removed from here with its mending. */
export interface KnownFault {
  readonly invariant: Invariant;
  readonly what: RegExp;
  readonly reason: string;
  /** In how many of a thousand stories it shows, at the most: a fault that shows more often is another one. */
  readonly most: number;
}

export const knownFaults: readonly KnownFault[] = [
  {
    invariant: "unlisted",
    what: /a claim of/,
    reason: "An onboarding that fails leaves its claim, an empty namespace, which nothing lists.",
    most: 200,
  },
  {
    invariant: "unlisted",
    what: /a organization of/,
    reason: "A migration that was overtaken makes its namespace after that was struck out.",
    most: 1,
  },
  {
    invariant: "unusable",
    what: /is being migrated/,
    reason: "A migration that died while it switched holds every write until someone ends it.",
    most: 10,
  },
  {
    invariant: "unusable",
    what: /is missing from the/,
    reason: "An offboarding drops what an onboarding beside it has made.",
    most: 2,
  },
  {
    invariant: "resurrected",
    what: /not in use has text|^\w+ \w+ of \w+ has text/,
    reason: "A deletion leaves texts in what a migration that broke off left behind.",
    most: 3,
  },
  {
    invariant: "resurrected",
    what: / in use has text \d+ in the (vector|keywords)/,
    reason: "A deletion beside a switch does not look at the neighbours at the new place.",
    most: 2,
  },
  {
    invariant: "resurrected",
    what: / in use has text \d+ in the (payload|own keywords|vector)| shows text \d+ \(/,
    reason:
      "A write that is repeated after a switch or an onboarding brings back what was deleted meanwhile.",
    most: 1,
  },
  {
    invariant: "index",
    what: /has text \d+ in the (vector|keywords)/,
    reason: "A neighbour is indexed with a text before that is stored, and keeps it where that fails.",
    most: 5,
  },
];

/** The known fault that a violation is one of. */
export function knownFaultOf({ invariant, what }: Violation): KnownFault | undefined {
  return knownFaults.find((fault) => fault.invariant === invariant && fault.what.test(what));
}

export function isKnown(violation: Violation): boolean {
  return knownFaultOf(violation) !== undefined;
}
