import { PartialWriteError } from "@loci/core";
import type { VectorRecord } from "@loci/core/store";
import type { ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  expecting,
  idsOf,
  queryWeights,
  readOne,
  recordOf,
  same,
  textsOf,
  vectorOf,
} from "../fixtures.ts";
import { bestOf } from "../oracles/after-faults.ts";
import { failingOrganization, secret } from "../oracles/failing-organization.ts";
import { type Attempt, type Outcome, tryUnderFaults } from "../oracles/under-fault.ts";

const requires: ConformanceCase["requires"] = (_, { fail }) => fail;

/** What reads and writes make of a backend that fails beneath the store. */
export const storeBelow: readonly ConformanceCase[] = [
  {
    id: "failed-reads-are-no-answers",
    claim:
      "A read that its backend fails is a typed error, never an empty or a wrong answer, and never says that nothing is there.",
    level: "core",
    layer: "store",
    requires,
    async run(context) {
      const { failing, acme } = await failingOrganization(context);
      const { namespace } = acme;
      const words = ["one", "two", "three"];
      await namespace.upsert({ records: words.map((word) => recordOf(acme.key, word)) });
      const query = { scope: everything, limit: 10 };
      const { searchText } = namespace;
      const reads = {
        list: async () => textsOf((await namespace.list(query)).records),
        get: async () =>
          textsOf(await namespace.get({ ids: words.map((w) => `id-${w}`), scope: everything })),
        search: async () =>
          textsOf(
            (await namespace.search({ ...query, vector: vectorOf("one") })).map(({ record }) => record),
          ),
        count: async () => [String(await namespace.count({ scope: everything }))],
        ...(searchText
          ? {
              searchText: async () => {
                const asked = { ...query, terms: words, weights: queryWeights };
                return textsOf((await searchText.call(namespace, asked)).map(({ record }) => record));
              },
            }
          : {}),
      };
      const attempts = Object.entries(reads).map(([way, run]) => {
        const right = way === "count" ? ["3"] : [...words].sort();
        const wrongAnswer = (answer: unknown) =>
          same(answer as string[], right) ? undefined : `${JSON.stringify(answer)} for ${right.join(", ")}`;
        const wrongAfterwards = async () => wrongAnswer(await bestOf(run));
        return [way, async (): Promise<Attempt> => ({ run, wrongAnswer, wrongAfterwards })] as const;
      });
      await tryUnderFaults(failing, Object.fromEntries(attempts), { ...context, secret });
    },
  },
  {
    id: "failed-writes-are-whole-or-nothing",
    claim:
      "What a write acknowledges is there whole, whatever its backend does; what failed is there whole or not at all, and says what of it was stored.",
    level: "core",
    layer: "store",
    requires,
    async run(context) {
      const { failing, acme, witness } = await failingOrganization(context);
      const { key, namespace } = acme;
      let made = 0;
      /** What is wrong with what is there of each record. Undefined where it is whole; "gone" where it is not there. */
      const statesOf = async (records: readonly VectorRecord[]) => {
        const found = await witness.namespace.get({ ids: idsOf(records), scope: everything, vectors: true });
        const said = await saidBy(records);
        return records.map(({ id, payload, vector }) => {
          const [one, ...others] = found.filter((other) => other.id === id);
          if (!one) return "gone";
          if (others.length > 0) return `there ${1 + others.length} times`;
          if (one.payload !== payload || one.vector?.length !== vector?.length)
            return `there in parts, or as something else: ${one.payload}`;
          return said.includes(id) ? undefined : "there, and not found by its words";
        });
      };
      /** The ids of those that are found by their words. */
      const saidBy = async (records: readonly VectorRecord[]) => {
        if (!witness.namespace.searchText) return idsOf(records);
        const terms = records.flatMap(({ keywords }) => keywords.own);
        const asked = { scope: everything, terms, weights: queryWeights, limit: 100 };
        return idsOf((await witness.namespace.searchText(asked)).map(({ record }) => record));
      };
      const replacedOrKept = async (outcome: Outcome, before: VectorRecord, after: VectorRecord) => {
        const [state] = await statesOf([after]);
        if (state === undefined) return undefined;
        const [kept] = "answer" in outcome ? [state] : await statesOf([before]);
        return kept && `it is ${kept}`;
      };
      const attempts = {
        upsert: async (): Promise<Attempt> => {
          made += 1;
          const batch = Array.from({ length: 3 }, (_, at) => recordOf(key, `batch${made}of${at}zq`));
          return {
            run: () => namespace.upsert({ records: batch }),
            wrongAnswer: noConflicts,
            async wrongAfterwards(outcome) {
              const partial = "error" in outcome && PartialWriteError.isInstance(outcome.error);
              const stored = "answer" in outcome ? idsOf(batch) : partial ? storedIn(outcome.error) : [];
              for (const [at, state] of (await statesOf(batch)).entries()) {
                const { id } = batch[at] as VectorRecord;
                if (state === "gone" && stored.includes(id)) return `${id} is lost`;
                if (state !== undefined && state !== "gone") return `${id} is ${state}`;
              }
              if ("answer" in outcome) return undefined;
              await bestOf(() => namespace.upsert({ records: batch }));
              const wrong = (await statesOf(batch)).find((state) => state !== undefined);
              return wrong && `it was written again, and is ${wrong}`;
            },
          };
        },
        replace: async (): Promise<Attempt> => {
          made += 1;
          const before = recordOf(key, `before${made}zq`, { id: `replaced-${made}` });
          const after = recordOf(key, `after${made}zq`, { id: before.id });
          await witness.namespace.upsert({ records: [before] });
          return {
            run: () => namespace.upsert({ records: [after] }),
            wrongAnswer: noConflicts,
            wrongAfterwards: (outcome) => replacedOrKept(outcome, before, after),
          };
        },
        "replace a version": async (): Promise<Attempt> => {
          made += 1;
          const before = recordOf(key, `version${made}zq`, { id: `versioned-${made}` });
          const after = recordOf(key, `later${made}zq`, { id: before.id });
          await witness.namespace.upsert({ records: [before] });
          const { version } = await readOne(witness.namespace, before.id);
          return {
            // Whoever asks again when the answer is lost conflicts with what it has written itself.
            run: () => namespace.upsert({ records: [expecting({ version }, after)] }),
            wrongAnswer: noConflicts,
            wrongAfterwards: (outcome) => replacedOrKept(outcome, before, after),
          };
        },
        delete: async (): Promise<Attempt> => {
          made += 1;
          const doomed = [1, 2].map((at) => recordOf(key, `doomed${made}of${at}zq`));
          await witness.namespace.upsert({ records: doomed });
          return {
            run: () => namespace.delete({ ids: idsOf(doomed), scope: everything }),
            wrongAnswer: (count) => (count === 2 ? undefined : `${count} deleted of 2`),
            async wrongAfterwards(outcome) {
              const states = (await statesOf(doomed)).filter((state) => state !== "gone");
              const wrong = "answer" in outcome ? states.map(() => "still there") : states.filter(Boolean);
              if (wrong.length > 0) return `one is ${wrong[0]}`;
              if ("answer" in outcome) return undefined;
              await bestOf(() => namespace.delete({ ids: idsOf(doomed), scope: everything }));
              const left = await witness.namespace.get({ ids: idsOf(doomed), scope: everything });
              return left.length === 0 ? undefined : `${idsOf(left)} cannot be deleted any more`;
            },
          };
        },
      };
      await namespace.upsert({ records: [recordOf(key, "early")] });
      await tryUnderFaults(failing, attempts, { ...context, secret });
      const { payload } = await readOne(witness.namespace, "id-early");
      context.check(payload === recordOf(key, "early").payload, () => `What was there before is ${payload}.`);
    },
  },
];

function noConflicts(answer: unknown): string | undefined {
  const { length } = answer as readonly unknown[];
  return length === 0 ? undefined : `${length} conflicts where nobody else wrote`;
}

function storedIn(error: unknown): readonly string[] {
  return PartialWriteError.isInstance(error) ? error.stored : [];
}
