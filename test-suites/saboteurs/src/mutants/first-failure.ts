import { type ConformanceHarness, cases } from "@loci/conformance";
import { ConformanceRun } from "../../../conformance/src/conformance-run.ts";

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
  const run = new ConformanceRun(harness);
  const ids = cases
    .filter(({ layer, id }) => layer === "store" && (!looking || looking.has(id)))
    .map(({ id }) => id);
  for (const id of ids.toSorted((a, b) => worthOf(b) - worthOf(a))) {
    const result = await run.result(id);
    const known = worth.get(id) ?? { kills: 0, milliseconds: 0 };
    const failed = result?.outcome === "failed";
    worth.set(id, {
      kills: known.kills + (failed ? 1 : 0),
      milliseconds: known.milliseconds + (result?.milliseconds ?? 0),
    });
    if (!result) return { id: "the store cannot be made", detail: (await run.problems()).join(" ") };
    if (failed) return { id, detail: result.detail ?? "" };
  }
  return undefined;
}

function worthOf(id: string): number {
  const { kills, milliseconds } = worth.get(id) ?? { kills: 1, milliseconds: 0 };
  return (kills + 0.1) / (milliseconds + 1);
}
