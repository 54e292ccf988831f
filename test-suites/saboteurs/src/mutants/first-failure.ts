import type { ConformanceHarness } from "@loci/conformance";
import { casesOf, runCases } from "../run-cases.ts";

/** The case that saw first that a store is wrong. */
export interface Failure {
  readonly id: string;
  readonly detail: string;
}

/** What a case has cost and found so far, to ask first what finds most in the least time. */
const worth = new Map<string, { kills: number; milliseconds: number }>();

/** Runs the cases about bare stores, until one fails. */
export async function firstFailure(
  harness: ConformanceHarness,
  looking: ReadonlySet<string> | undefined,
): Promise<Failure | undefined> {
  const ids = casesOf("store").filter((id) => !looking || looking.has(id));
  for await (const { id, outcome, detail = "", milliseconds } of runCases(harness, byWorth(ids))) {
    const known = worth.get(id) ?? { kills: 0, milliseconds: 0 };
    const failed = outcome === "failed";
    worth.set(id, { kills: known.kills + (failed ? 1 : 0), milliseconds: known.milliseconds + milliseconds });
    if (failed) return { id, detail };
  }
  return undefined;
}

function byWorth(ids: readonly string[]): readonly string[] {
  return ids.toSorted((a, b) => worthOf(b) - worthOf(a));
}

function worthOf(id: string): number {
  const { kills, milliseconds } = worth.get(id) ?? { kills: 1, milliseconds: 0 };
  return (kills + 0.1) / (milliseconds + 1);
}
