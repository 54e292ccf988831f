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
    what: /./,
    reason: "The registry does not list namespaces before they are made.",
  },
  {
    invariant: "unusable",
    what: /is being migrated/,
    reason: "A migration that died while it switched holds every write until someone ends it.",
  },
  {
    invariant: "resurrected",
    what: /^\w+ \w+ of \w+( not in use)? has text/,
    reason: "A deletion leaves texts in what a migration or an earlier onboarding left behind.",
  },
  {
    invariant: "resurrected",
    what: / in use has text \d+ in the (vector|keywords)/,
    reason: "A deletion beside a switch does not look at the neighbours at the new place.",
  },
  {
    invariant: "resurrected",
    what: /although offboard was acknowledged/,
    reason: "A write that is repeated after an onboarding writes its neighbours' texts again.",
  },
  {
    invariant: "receipt",
    what: /the receipt of a reembed/,
    reason: "A revert makes the namespace again that was confirmed to be gone.",
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
