import { dirname, join } from "node:path";
import { casesOf, runCases } from "../run-cases.ts";
import { type Change, instrument } from "./instrument.ts";
import { InstrumentedCopies } from "./instrumented-copies.ts";
import type { Mutant } from "./mutant.ts";
import { mutationSwitch } from "./mutation-switch.ts";
import { harnessOf, type Origin, origins } from "./origins.ts";

const root = join(import.meta.dirname, "../../../..");

/** Every change that Stryker knows, of every file of every origin. */
export async function deriveMutants(): Promise<readonly Mutant[]> {
  const { changes, sources } = await instrument(
    root,
    origins.flatMap(({ files }) => files),
  );
  const folders = [
    ...new Set(origins.flatMap(({ files }) => files).map((file) => join(root, dirname(file)))),
  ];
  const entries = [...folders, join(root, "packages/core/src/store.ts")];
  const copies = once(
    async () =>
      new InstrumentedCopies(sources, (path) =>
        entries.some((entry) => path === entry || dirname(path) === entry),
      ),
  );
  const ids = new Map<string, number>();
  return origins.flatMap((origin) => {
    const reached = once(async () => reachedIn(origin, await copies()));
    return changes
      .filter(({ file }) => origin.files.includes(file))
      .map((change): Mutant => {
        const name = `${change.file}: ${change.original} → ${change.replacement}`;
        const before = ids.get(name) ?? 0;
        ids.set(name, before + 1);
        return {
          id: before === 0 ? name : `${name} (${before + 1})`,
          group: change.file,
          isQuick: origin.isQuick,
          prepare: async () => prepare(origin, change, await copies(), await reached()),
        };
      });
  });
}

/** Which cases come to which change, and how often; null where a change is in force only while a module is loaded. */
type Reached = ReadonlyMap<string, { readonly cases: ReadonlySet<string> | null; readonly hits: number }>;

async function prepare(
  origin: Origin,
  { activeMutant }: Change,
  copies: InstrumentedCopies,
  reached: Reached,
) {
  const { cases: reaching = new Set<string>(), hits = 0 } = reached.get(activeMutant) ?? {};
  mutationSwitch.activeMutant = activeMutant;
  mutationSwitch.hitCount = 0;
  // What goes on for so much longer does not end.
  mutationSwitch.hitLimit = 1000 + 100 * hits;
  const copy = reaching === null ? activeMutant : "shared";
  const harness = harnessOf(origin, await copies.import(join(root, origin.entry), copy));
  return reaching === null ? { harness } : { harness, reaching };
}

async function reachedIn(origin: Origin, copies: InstrumentedCopies): Promise<Reached> {
  mutationSwitch.activeMutant = undefined;
  const coverage = mutationSwitch.mutantCoverage;
  // The instrumented files hold on to this object.
  coverage.perTest = {};
  const harness = harnessOf(origin, await copies.import(join(root, origin.entry), "shared"));
  const ids = casesOf("store");
  mutationSwitch.currentTestId = ids[0];
  for await (const { id, outcome, detail } of runCases(harness, ids)) {
    if (outcome === "failed") throw new Error(`The unchanged ${origin.name} fails ${id}: ${detail}`);
    mutationSwitch.currentTestId = ids[ids.indexOf(id) + 1];
  }
  mutationSwitch.currentTestId = undefined;
  const { static: loading, perTest } = coverage;
  const reached = new Map<string, { cases: Set<string> | null; hits: number }>();
  for (const [id, hits] of Object.entries(perTest))
    for (const [mutant, count] of Object.entries(hits)) {
      const known = reached.get(mutant) ?? { cases: new Set<string>(), hits: 0 };
      known.cases?.add(id);
      reached.set(mutant, { cases: known.cases, hits: known.hits + count });
    }
  for (const [mutant, hits] of Object.entries(loading)) reached.set(mutant, { cases: null, hits });
  return reached;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
