import type { ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  expecting,
  listAll,
  openOrganization,
  placementAt,
  queryWeights,
  recordOf,
  same,
  textOf,
  textsOf,
  vectorOf,
} from "../fixtures.ts";
import { wholeProblem } from "../oracles/whole-records.ts";

/** What every store does, isolation aside. */
export const storeCore: readonly ConformanceCase[] = [
  {
    id: "records-come-back-whole",
    claim:
      "A record comes back with the fields, payload and vector it was written with, whatever characters they have.",
    level: "core",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const payloads = ["", "é 猫 👩‍👩‍👧", "e\u0301 A\u030a \ufb01", "\u0000\n\"'\\", "x".repeat(100_000)];
      const written = payloads.map((payload, index) => ({
        ...recordOf(key, `n${index}`, {
          fields: {
            text: payload.slice(0, 100),
            list: ["a", 1, true],
            number: 1.5,
            flag: false,
            "a.b c": "x",
          },
        }),
        payload,
      }));
      await namespace.upsert({ records: written });
      const found = await namespace.get({
        ids: written.map(({ id }) => id),
        scope: everything,
        vectors: true,
      });
      const problem = wholeProblem(written, found, true);
      check(problem === undefined, () => `Read by get: ${problem}`);
    },
  },
  {
    id: "writes-are-visible-at-once",
    claim: "What was written, replaced or deleted shows in the next read, by every way to read.",
    level: "core",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      for (let round = 0; round < 10; round++) {
        await namespace.upsert({ records: [recordOf(key, `apple n${round}`, { id: "one" })] });
        const near = await namespace.search({ scope: everything, vector: vectorOf("apple"), limit: 5 });
        check(
          same(
            near.map(({ record }) => textOf(record)),
            [`apple n${round}`],
          ),
          () => `Round ${round}: search found ${near.length} records.`,
        );
        const said = await namespace.searchText?.({
          scope: everything,
          terms: [`n${round}`],
          weights: queryWeights,
          limit: 5,
        });
        check(
          !said || said.length === 1,
          () => `Round ${round}: the new word found ${said?.length} records.`,
        );
        const before = await namespace.searchText?.({
          scope: everything,
          terms: [`n${round - 1}`],
          weights: queryWeights,
          limit: 5,
        });
        check(
          !before || before.length === 0,
          () => `Round ${round}: the replaced word still finds ${before?.length} records.`,
        );
      }
      check(
        (await namespace.delete({ ids: ["one"], scope: everything })) === 1,
        () => "Deleting one record did not delete one.",
      );
      check((await listAll(namespace, everything)).length === 0, () => "A deleted record is still listed.");
    },
  },
  {
    id: "long-lists-are-taken",
    claim: "A thousand records are written, read and deleted by one call.",
    level: "core",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const size = 1000;
      const records = Array.from({ length: size }, (_, index) => recordOf(key, `n${index}`));
      const ids = records.map(({ id }) => id);
      await namespace.upsert({ records });
      const found = await namespace.get({ ids, scope: everything });
      check(
        same(textsOf(found), textsOf(records)),
        () => `Of ${size} records that were written at once, ${found.length} were read.`,
      );
      const deleted = await namespace.delete({ ids, scope: everything });
      check(deleted === size, () => `Of ${size} records, ${deleted} were deleted at once.`);
      check(
        (await namespace.count({ scope: everything })) === 0,
        () => "Some of what was deleted still counts.",
      );
    },
  },
  {
    id: "listing-is-complete-and-ordered",
    claim: "Paging through a listing brings every record once, from newest to oldest.",
    level: "core",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const records = Array.from({ length: 53 }, (_, index) => {
        const record = recordOf(key, `n${index}`, { scopeKey: placementAt(index % 2 ? "alice" : "") });
        return { ...record, fields: { ...record.fields, $createdAt: Math.floor(index / 3) } };
      });
      await namespace.upsert({ records });
      for (const limit of [1, 7, 53, 1000]) {
        const listed = await listAll(namespace, everything, limit);
        check(
          same(textsOf(listed), textsOf(records)),
          () => `In pages of ${limit}, ${listed.length} of 53 records were listed.`,
        );
        const times = listed.map(({ fields }) => fields.$createdAt);
        check(
          times.every((time, index) => index === 0 || time <= (times[index - 1] ?? 0)),
          () => `In pages of ${limit}, the order is ${times.join(" ")}.`,
        );
      }
    },
  },
  {
    id: "similarity-is-the-cosine",
    claim: "The score of a vector search is the cosine, to 1e-4, and the nearest come first.",
    level: "core",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const texts = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"];
      await namespace.upsert({ records: texts.map((text) => recordOf(key, text)) });
      for (const text of texts) {
        const vector = vectorOf(`${text} and more`);
        const cosine = (other: string) =>
          vectorOf(other).reduce((sum, value, index) => sum + value * (vector[index] ?? 0), 0);
        const hits = await namespace.search({ scope: everything, vector, limit: 4 });
        const expected = texts
          .map(cosine)
          .sort((a, b) => b - a)
          .slice(0, 4);
        check(hits.length === 4, () => `Asked for 4 of 6 records, found ${hits.length}.`);
        for (const [index, { score }] of hits.entries()) {
          check(
            Math.abs(score - (expected[index] ?? Number.NaN)) < 1e-4,
            () => `The score at place ${index} is ${score}, the cosine ${expected[index]}.`,
          );
        }
      }
    },
  },
  {
    id: "aborted-calls-stop",
    claim: "A call whose signal is aborted rejects with the signal's reason and changes nothing.",
    level: "core",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      await namespace.upsert({ records: [recordOf(key, "kept")] });
      const versions = await listAll(namespace, everything);
      const signal = AbortSignal.abort(new Error("enough"));
      const attempts: Record<string, () => Promise<unknown>> = {
        upsert: () => namespace.upsert({ records: [recordOf(key, "never")], signal }),
        search: () => namespace.search({ scope: everything, vector: vectorOf("x"), limit: 1, signal }),
        get: () => namespace.get({ ids: ["id-kept"], scope: everything, signal }),
        list: () => namespace.list({ scope: everything, limit: 1, signal }),
        "conditional upsert": () =>
          namespace.upsert({ records: [expecting("absent", recordOf(key, "never"))], signal }),
        delete: () => namespace.delete({ scope: everything, signal }),
        "delete by version": () => namespace.delete({ versions, scope: everything, signal }),
        count: () => namespace.count({ scope: everything, signal }),
        ...(namespace.searchText
          ? {
              searchText: async () =>
                namespace.searchText?.({
                  scope: everything,
                  terms: ["kept"],
                  weights: queryWeights,
                  limit: 1,
                  signal,
                }),
            }
          : {}),
        open: () => store.open({ key, signal }),
        drop: () => store.drop({ key, signal }),
      };
      for (const [way, attempt] of Object.entries(attempts)) {
        const seen = await attempt().then(
          () => "answered",
          (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );
        check(seen === "enough", () => `${way} with an aborted signal: ${seen}`);
      }
      check(
        same(textsOf(await listAll(namespace, everything)), ["kept"]),
        () => "An aborted call changed something.",
      );
    },
  },
  {
    id: "keywords-find-any-word-in-any-field",
    claim: "A text query finds the records that have any of its terms in any field, weighing the fields.",
    level: "extended",
    layer: "store",
    requires: ({ keyword }) => keyword,
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const record = (id: string, own: string[], before: string[], after: string[]) => ({
        ...recordOf(key, id, { id }),
        keywords: { own, before, after },
      });
      await namespace.upsert({
        records: [
          // In no order of theirs, so that equal scores do not look like the right ones.
          record("before", ["x", "z"], ["tea"], ["y"]),
          record("own", ["tea", "pot"], ["x"], ["y"]),
          record("after", ["x", "z"], ["y"], ["tea"]),
          record("none", ["x", "z"], ["y"], ["w"]),
          record("quoted", ['te"a', "OR", "猫"], [], []),
        ],
      });
      const find = async (...terms: string[]) =>
        (
          (await namespace.searchText?.({ scope: everything, terms, weights: queryWeights, limit: 10 })) ?? []
        ).map(({ record: hit }) => hit.id);
      check(
        same(await find("tea"), ["own", "before", "after"]),
        () => "tea should find own, before and after, in this order.",
      );
      for (const term of ['te"a', "OR", "猫"])
        check(same(await find(term), ["quoted"]), () => `${term} should find the record that has it.`);
      check(same(await find("nothing"), []), () => "A word that no record has finds something.");
      check((await find("tea", "猫")).length === 4, () => "Two words should find the records of both.");
    },
  },
];
