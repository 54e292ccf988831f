import type { Expected, Namespace, StoredRecord } from "@loci/core/store";
import type { CaseContext, ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  expecting,
  placementAt,
  readOne,
  readsOf,
  recordOf,
  textOf,
  textsOf,
  visibleFrom,
} from "../fixtures.ts";
import { repeated } from "../repeated.ts";
import { manyRounds, type Start } from "../rounds.ts";
import { type TwoHandles, twoHandles } from "../two-handles.ts";

/** How many write at once, half of them in another process where the harness has one. */
const writers = 6;

/** What several who write at the same moment do to each other, in many rounds, in the bare store. */
export const storeRaces: readonly ConformanceCase[] = [
  {
    id: "of-those-who-expect-a-version-one-writes",
    claim: "Of several who expect the same version at once, exactly one writes, and the others conflict.",
    level: "core",
    layer: "store",
    async run(context) {
      const handles = await twoHandles(context);
      const { key, namespaces } = handles;
      await namespaces[0].upsert({ records: [recordOf(key, "first", { id: "one" })] });
      await manyRounds(context, async (round, start) => {
        const { version } = await readOne(namespaces[round % 2] as Namespace, "one");
        await raceToWrite(handles, context, "one", { version }, start);
      });
    },
  },
  {
    id: "of-those-who-expect-nothing-one-creates",
    claim: "Of several who write a record at once that they expect to be absent, exactly one does.",
    level: "core",
    layer: "store",
    async run(context) {
      const handles = await twoHandles(context);
      await manyRounds(context, (round, start) =>
        raceToWrite(handles, context, `one-${round}`, "absent", start),
      );
    },
  },
  {
    id: "conditional-increments-are-all-counted",
    claim: "Whoever reads, adds one, and writes by version until it succeeds, loses no increment of anybody.",
    level: "core",
    layer: "store",
    async run(context) {
      const { key, namespaces } = await twoHandles(context);
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
      const { key, namespaces } = await twoHandles(context);
      await manyRounds(context, async (round, start) => {
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
        const outcomes = await Promise.all(calls.map((call) => start(call)));
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
      });
    },
  },
  {
    id: "upserts-of-one-record-make-one",
    claim:
      "Of a record that several write and delete at once, every reader sees one, whole, and none once it is deleted.",
    level: "isolation",
    layer: "store",
    async run(context) {
      const { key, namespaces } = await twoHandles(context);
      await manyRounds(context, async (round, start) => {
        // Each round has a reach of its own, so that it sees nothing of the others.
        const scopeKey = placementAt(`alice ${round}`);
        const scope = visibleFrom(scopeKey, "own");
        const id = `one-${round}`;
        // As core does: a memory that is changed stays where it is in listings.
        const written = (at: number) => {
          const record = recordOf(key, `${id} of ${at}`, {
            id,
            scopeKey,
            fields: { text: `${id} of ${at}` },
          });
          return { ...record, fields: { ...record.fields, $createdAt: 1000 } };
        };
        // Where there is one, its reader never sees none; where there is none, several may make it at once.
        const isThere = round % 2 === 0;
        if (isThere) await namespaces[0].upsert({ records: [written(-1)] });
        const [first, other] = round % 4 < 2 ? namespaces : namespaces.toReversed();
        const [reader, writer] = [first as Namespace, other as Namespace];
        const seen: (readonly StoredRecord[])[] = [];
        const looks = Object.values(readsOf(reader, scope, [id])).map(
          (look) => async () => (await repeated(look)).answer,
        );
        await Promise.all([
          start(() => reader.upsert({ records: [written(0)] })),
          start(() => writer.upsert({ records: [written(1)] })),
          ...looks.map((look) => start(async () => seen.push(await look()))),
        ]);
        const during = [...seen];
        for (const look of looks) seen.push(await look());
        seen.push((await writer.list({ scope, limit: 9 })).records);
        for (const found of seen) {
          const [record] = found;
          if (!isThere && record === undefined && during.includes(found)) continue;
          context.check(
            isOneWhole(found),
            () =>
              `Of a record that two were writing, a reader saw ${found.length}: ${textsOf(found).join(", ") || "nothing"}.`,
            found.length > 0,
          );
        }
        const count = await writer.count({ scope });
        const erase = (namespace: Namespace) => start(() => namespace.delete({ ids: [id], scope }));
        const [deleted] = await Promise.all([
          Promise.all((round % 3 === 0 ? namespaces : [reader]).map(erase)),
          ...looks.map((look) =>
            start(async () => {
              const found = await look();
              context.check(
                found.length === 0 || isOneWhole(found),
                () => `Of a record that was deleted meanwhile, a reader saw ${JSON.stringify(found)}.`,
                found.length > 1,
              );
            }),
          ),
        ]);
        const left = await writer.count({ scope });
        context.check(
          count === 1 && left === 0,
          () =>
            `A record that two wrote counts as ${count}; after ${deleted.join(" and ")} were deleted, ${left} are left.`,
        );
      });
    },
  },
];

/** Whether a reader has got one record, whose parts belong together. */
function isOneWhole([record, ...others]: readonly StoredRecord[]): boolean {
  return others.length === 0 && record?.payload !== undefined && record.fields.text === textOf(record);
}

/** Lets several write one record at once, and looks who did. */
async function raceToWrite(
  { key, namespaces }: TwoHandles,
  { check }: CaseContext,
  id: string,
  expected: Expected,
  start: Start,
): Promise<void> {
  const outcomes = await Promise.all(
    Array.from({ length: writers }, (_, at) =>
      start(async () => {
        const record = expecting(expected, recordOf(key, `of ${at}`, { id }));
        return (await namespaces[at % 2]?.upsert({ records: [record] }))?.length;
      }),
    ),
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
