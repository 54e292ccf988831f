import type { VectorRecord, VectorStore } from "@loci/core/store";
import type { CaseNotes, ConformanceCase } from "../conformance-case.ts";
import { everything, openOrganization } from "../fixtures.ts";
import { Budget } from "../modes/budget.ts";
import { callWith, persist } from "../modes/call-with.ts";
import { changeModes } from "../modes/change-modes.ts";
import { ChangingNamespace } from "../modes/changing-namespace.ts";
import { FilterTurns } from "../modes/filter-modes.ts";
import { Handles } from "../modes/handles.ts";
import { shuffled } from "../modes/pairwise.ts";
import { populationOf } from "../modes/population.ts";
import { read, requestOf } from "../modes/read.ts";
import { type CallMode, nameOfModes, readModes } from "../modes/read-modes.ts";
import { answerProblem } from "../modes/reference.ts";
import { writePopulation } from "../modes/write-population.ts";
import { randomFrom } from "../oracles/random.ts";

/** How many records a namespace has: few, and more than some limit that a store may have. */
const sizes = { small: [61, 301], large: [1001, 3301] };
const largest = 12_000;
/** For what a run at the default effort takes, in milliseconds. */
const time = { writing: 15_000, reading: 15_000, changing: 15_000 };
/** What a call asks that is aborted. */
const widely = { scope: everything, limit: 51, pages: 1 } as const;
/** As many that a whole reach is more than some limit of deletions. */
const changedSizes = { small: [61, 121], large: [541] };

/** Every way to read and to change a namespace in every mode, beside an array of the same records. */
export const storeModes: readonly ConformanceCase[] = [
  {
    id: "reads-answer-the-reference",
    claim:
      "By every way of reading, in every mode of a call and at every size, a reader gets what its reach holds and its filter matches.",
    level: "isolation",
    layer: "store",
    async run({ store, second, check, seed, effort, note }) {
      const random = randomFrom(seed);
      const { small } = sizes;
      const large = effort > 1 ? [...sizes.large, largest] : sizes.large;
      const modes = readModes({ small, large }, random).filter(
        ({ way }) => store.capabilities.keyword || way !== "searchText",
      );
      const writing = new Budget(time.writing * effort);
      const reading = new Budget((time.writing + time.reading) * effort);
      const turns = new FilterTurns();
      let pace = 0;
      const tried: object[] = [];
      const opened = once(second);
      const written = new Map<number, Written>();
      for (const sizesTogether of [small, large]) {
        for (const size of sizesTogether) {
          // What there is no time to write is not looked at: its modes are tried with fewer records.
          if (large.includes(size) && !writing.allows(pace * size)) {
            note({ notLookedAt: `${size.toLocaleString("en")} records` });
            written.set(size, [...written.values()].at(-1) as Written);
          } else {
            const start = performance.now();
            written.set(size, await writtenPopulation(store, opened, size, random));
            pace = (performance.now() - start) / size;
          }
        }
        // Everything is drawn before anything is asked: what ends first changes nothing. Namespaces take turns, so that none gets
        // what another was asked for.
        const reads = shuffled(modes, random).flatMap((mode) => {
          const from = sizesTogether.includes(mode.records) ? written.get(mode.records) : undefined;
          if (!from) return [];
          const request = requestOf(mode, from.records, turns, random);
          return [{ mode, ...from, request, pause: Math.floor(2 * random()) }];
        });
        for (const group of groupsOf(reads)) {
          if (!reading.allows()) break;
          const look = async ({ mode, records, handles, request, pause }: (typeof reads)[number]) => {
            const from = await handles.at(mode.handle);
            const call = async (signal: AbortSignal | undefined) =>
              answerProblem(records, request, await persist(() => read(from, request, signal)));
            const other = (signal: AbortSignal) => read(from, { ...request, ...widely }, signal);
            const problem = await callWith(mode, call, other, pause);
            return { mode: { ...mode, records: records.length }, problem };
          };
          for (const { mode, problem } of await Promise.all(group.map(look))) {
            check(problem === undefined, () => `${nameOfModes(mode)}: ${problem?.says}`, problem?.foreign);
            tried.push(mode);
          }
        }
      }
      note(notesOf("reading", tried, modes.length));
    },
  },
  {
    id: "changes-leave-what-the-reference-leaves",
    claim:
      "Whatever is written or deleted, in every mode of a call, exactly that changes, and the answer says how much.",
    level: "isolation",
    layer: "store",
    async run({ store, second, check, seed, effort, note }) {
      const random = randomFrom(seed);
      const modes = changeModes(changedSizes, random);
      const budget = new Budget(time.changing * effort);
      const tried: object[] = [];
      const opened = once(second);
      const changed = new Map<number, Changed>();
      for (const size of [...changedSizes.small, ...changedSizes.large]) {
        const { key, namespace } = await openOrganization(store, `acme ${size}`);
        changed.set(size, {
          handles: new Handles(store, key, namespace, opened),
          changing: new ChangingNamespace(namespace, populationOf(key, size, random), random),
        });
      }
      for (const mode of shuffled(modes, random)) {
        const { handles, changing } = changed.get(mode.records) as Changed;
        if (!budget.allows()) break;
        await changing.refill();
        const handle = await handles.at(mode.handle);
        const problem = await callWith(
          mode,
          (signal) => changing.change(handle, mode, signal),
          (signal) => read(handle, { way: "list", ...widely }, signal),
          Math.floor(2 * random()),
        );
        tried.push(mode);
        check(problem === undefined, () => `${nameOfModes(mode)}: ${problem?.says}`, problem?.foreign);
      }
      note(notesOf("changing", tried, modes.length));
    },
  },
];

/** What a case says of the combinations that it has tried. */
function notesOf(what: string, tried: readonly object[], all: number): CaseNotes {
  const modes = tried.flatMap((mode) =>
    Object.entries(mode).map(([factor, value]) => (factor === "way" ? `${value}` : `${factor} ${value}`)),
  );
  return {
    modes: [...new Set(modes)],
    tried: `${tried.length} of ${all} combinations of modes of ${what}`,
    ...(tried.length < all
      ? { notLookedAt: `${all - tried.length} of ${all} combinations of modes of ${what}` }
      : {}),
  };
}

/** A namespace that is changed, with its handles. */
interface Changed {
  readonly handles: Handles;
  readonly changing: ChangingNamespace;
}

/** One and the same second store, whoever asks for it. */
function once(second: () => Promise<VectorStore>): () => Promise<VectorStore> {
  let opened: Promise<VectorStore> | undefined;
  return () => {
    opened ??= second();
    return opened;
  };
}

interface Written {
  readonly records: readonly VectorRecord[];
  readonly handles: Handles;
}

async function writtenPopulation(
  store: VectorStore,
  second: () => Promise<VectorStore>,
  size: number,
  random: () => number,
): Promise<Written> {
  const { key, namespace } = await openOrganization(store, `acme ${size}`);
  const records = populationOf(key, size, random);
  await writePopulation(namespace, records, random);
  return { records, handles: new Handles(store, key, namespace, second) };
}

/** Those that go on at the same time. */
function groupsOf<T extends { readonly mode: CallMode }>(calls: readonly T[]): readonly (readonly T[])[] {
  const groups: T[][] = [];
  for (const atOnce of new Set(calls.map(({ mode }) => mode.atOnce))) {
    const alike = calls.filter(({ mode }) => mode.atOnce === atOnce);
    for (let from = 0; from < alike.length; from += atOnce) groups.push(alike.slice(from, from + atOnce));
  }
  return groups;
}
