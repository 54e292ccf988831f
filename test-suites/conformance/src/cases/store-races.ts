import type { Expected, Namespace, NamespaceKey } from "@loci/core/store";
import type { CaseContext, ConformanceCase } from "../conformance-case.ts";
import { everything, expecting, openOrganization, readOne, recordOf, textOf } from "../fixtures.ts";

/** How many write at once, half of them in another process where the harness has one. */
const writers = 6;
const rounds = 25;

/** What several who write at the same moment do to each other, in many rounds, in the bare store. */
export const storeRaces: readonly ConformanceCase[] = [
  {
    id: "of-those-who-expect-a-version-one-writes",
    claim: "Of several who expect the same version at once, exactly one writes, and the others conflict.",
    level: "core",
    layer: "store",
    async run(context) {
      const handles = await bothHandles(context);
      const { key, namespaces } = handles;
      await namespaces[0].upsert({ records: [recordOf(key, "first", { id: "one" })] });
      for (let round = 0; round < rounds * context.effort; round++) {
        const { version } = await readOne(namespaces[round % 2] as Namespace, "one");
        await raceToWrite(handles, context, "one", { version });
      }
    },
  },
  {
    id: "of-those-who-expect-nothing-one-creates",
    claim: "Of several who write a record at once that they expect to be absent, exactly one does.",
    level: "core",
    layer: "store",
    async run(context) {
      const handles = await bothHandles(context);
      for (let round = 0; round < rounds * context.effort; round++)
        await raceToWrite(handles, context, `one-${round}`, "absent");
    },
  },
  {
    id: "conditional-increments-are-all-counted",
    claim: "Whoever reads, adds one, and writes by version until it succeeds, loses no increment of anybody.",
    level: "core",
    layer: "store",
    async run(context) {
      const { key, namespaces } = await bothHandles(context);
      const each = 6 * context.effort;
      const counter = (count: number) => recordOf(key, String(count), { id: "counter" });
      await namespaces[0].upsert({ records: [counter(0)] });
      const increment = async (namespace: Namespace) => {
        for (let attempt = 0; attempt < 1000; attempt++) {
          const read = await readOne(namespace, "counter");
          const next = expecting({ version: read.version }, counter(Number(textOf(read)) + 1));
          if ((await namespace.upsert({ records: [next] })).length === 0) return;
        }
        throw new Error("A write conflicted 1,000 times.");
      };
      const work = async (namespace: Namespace) => {
        for (let done = 0; done < each; done++) await increment(namespace);
      };
      await Promise.all([...namespaces, ...namespaces].map(work));
      for (const namespace of namespaces) {
        const count = textOf(await readOne(namespace, "counter"));
        context.check(
          count === String(4 * each),
          () => `Four who added one ${each} times each have counted to ${count}.`,
        );
      }
    },
  },
  {
    id: "a-version-is-either-replaced-or-deleted",
    claim:
      "Of a write and a deletion that expect one version at once, one succeeds; what was deleted stays so.",
    level: "isolation",
    layer: "store",
    async run(context) {
      const { key, namespaces } = await bothHandles(context);
      for (let round = 0; round < rounds * context.effort; round++) {
        const id = `one-${round}`;
        const [writer, eraser] = round % 2 === 0 ? namespaces : namespaces.toReversed();
        await eraser?.upsert({ records: [recordOf(key, "old", { id })] });
        const read = await readOne(namespaces[0], id);
        const write = async () =>
          (
            await writer?.upsert({
              records: [expecting({ version: read.version }, recordOf(key, "new", { id }))],
            })
          )?.length === 0;
        const erase = async () => (await eraser?.delete({ versions: [read], scope: everything })) === 1;
        // Both orders, since one of them may be the only one that an event loop makes of two calls.
        const calls = round % 4 < 2 ? [write, erase] : [erase, write];
        const outcomes = await Promise.all(calls.map((call) => call()));
        const [written, erased] = round % 4 < 2 ? outcomes : outcomes.toReversed();
        for (const namespace of namespaces) {
          const [left] = await namespace.get({ ids: [id], scope: everything });
          const seen = left ? textOf(left) : "nothing";
          context.check(
            written !== erased && seen === (written ? "new" : "nothing"),
            () => `Round ${round}: written ${written}, deleted ${erased}, and then there is ${seen}.`,
            false,
          );
        }
      }
    },
  },
];

/** One organization, by two handles. */
interface Handles {
  readonly key: NamespaceKey;
  readonly namespaces: readonly [Namespace, Namespace];
}

/** The handles are of two processes, where the harness has a second store. */
async function bothHandles({ store, second }: CaseContext): Promise<Handles> {
  const { key, namespace } = await openOrganization(store, "acme");
  const { namespace: other } = await openOrganization(await second(), "acme");
  return { key, namespaces: [namespace, other] };
}

/** Lets several write one record at once, and looks who did. */
async function raceToWrite(
  { key, namespaces }: Handles,
  { check }: CaseContext,
  id: string,
  expected: Expected,
): Promise<void> {
  const outcomes = await Promise.all(
    Array.from({ length: writers }, async (_, at) => {
      const record = expecting(expected, recordOf(key, `of ${at}`, { id }));
      return (await namespaces[at % 2]?.upsert({ records: [record] }))?.length;
    }),
  );
  const winners = outcomes.flatMap((conflicts, at) => (conflicts === 0 ? [`of ${at}`] : []));
  for (const namespace of namespaces) {
    const stored = textOf(await readOne(namespace, id));
    check(
      winners.length === 1 && stored === winners[0],
      () =>
        `Of the record ${id}, ${winners.length} of ${writers} wrote: ${winners.join(", ")}; stored is ${stored}.`,
    );
  }
}
