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
    invariant: "resurrected",
    what: /not in use has text|^\w+ \w+ of \w+ has text/,
    reason: "A migration that dies after a deletion leaves texts in its copy, until anything ends it.",
    most: 3,
  },
  {
    invariant: "resurrected",
    what: / in use has text \d+ in the (vector|keywords)/,
    reason:
      "A deletion beside a write leaves its words with a neighbour, which the write has indexed with them.",
    most: 1,
  },
  {
    invariant: "unlisted",
    what: /a organization of/,
    reason: "A namespace that is made late is not listed, where it was struck out meanwhile.",
    most: 1,
  },
  {
    invariant: "unusable",
    what: /is being migrated/,
    reason: "A migration that died while it switched holds every write until someone ends it.",
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
