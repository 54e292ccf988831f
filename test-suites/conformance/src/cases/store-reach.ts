import { inScope, type RecordContent, type ScopeFilter, type ScopeKey } from "@loci/core/store";
import type { ConformanceCase } from "../conformance-case.ts";
import { identifierPairs, runTogether } from "../corpus.ts";
import {
  everything,
  isMore,
  listAll,
  nameOf,
  openOrganization,
  placementAt,
  queryWeights,
  readsOf,
  recordOf,
  same,
  textsOf,
  vectorOf,
  visibleFrom,
} from "../fixtures.ts";

/** Alike placements at every level, and some whose parts run together. */
const scopeKeys: readonly ScopeKey[] = [
  placementAt(""),
  ...identifierPairs.flatMap(([, a, b], index) =>
    [a, b].map(
      (name) =>
        [placementAt(name), placementAt("u", name), placementAt("u", "a", name)][index % 3] as ScopeKey,
    ),
  ),
  ...runTogether.map(([user, agent, run]) => placementAt(user, agent, run)),
].filter((scopeKey, index, all) => all.findIndex((other) => nameOf(other) === nameOf(scopeKey)) === index);

const readers: readonly ScopeFilter[] = scopeKeys.flatMap((scopeKey) => [
  visibleFrom(scopeKey),
  visibleFrom(scopeKey, "own"),
  visibleFrom(scopeKey, "within"),
]);

/** What users, agents and runs of one organization cannot see or change of each other, in the bare store. */
export const storeReach: readonly ConformanceCase[] = [
  {
    id: "reads-see-exactly-their-reach",
    claim:
      "Listing, getting, counting, searching by vector and by words see every record inside the reach and none outside it, however alike names are.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const records = scopeKeys.map((scopeKey, index) => recordOf(key, `common n${index}`, { scopeKey }));
      await namespace.upsert({ records });
      const ids = records.map(({ id }) => id);
      for (const scope of readers) {
        const expected = textsOf(records.filter(({ scopeKey }) => inScope(scope, scopeKey)));
        const ways = {
          ...readsOf(namespace, scope, ["common"]),
          get: () => namespace.get({ ids, scope }),
        };
        for (const [way, read] of Object.entries(ways)) {
          const texts = textsOf(await read());
          check(
            same(texts, expected),
            () => describeDifference(way, scope, records, texts, expected),
            isMore(texts, expected),
          );
        }
        const count = await namespace.count({ scope });
        check(
          count === expected.length,
          () => `Inside ${JSON.stringify(scope)} are ${expected.length} records, counted ${count}.`,
          count > expected.length,
        );
      }
    },
  },
  {
    id: "deleting-stays-in-its-reach",
    claim: "Deleting all of a reach deletes exactly what is inside it, however alike names are.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      let left = scopeKeys.map((scopeKey, index) => recordOf(key, `n${index}`, { scopeKey }));
      await namespace.upsert({ records: left });
      // The narrowest first, so that each has something to delete; of two that are alike, one stays.
      for (const scopeKey of scopeKeys.filter((_, index) => index % 2 === 1).toReversed()) {
        const scope = visibleFrom(scopeKey, "within");
        const doomed = left.filter((record) => inScope(scope, record.scopeKey));
        left = left.filter((record) => !doomed.includes(record));
        const deleted = await namespace.delete({ scope });
        check(
          deleted === doomed.length,
          () => `Deleting within ${nameOf(scopeKey)} should delete ${doomed.length}, and deleted ${deleted}.`,
          deleted > doomed.length,
        );
      }
      const texts = textsOf(await listAll(namespace, everything));
      check(
        same(texts, textsOf(left)),
        () => `Deleting within every other place left ${texts.length} records instead of ${left.length}.`,
        false,
      );
    },
  },
  {
    id: "answers-are-not-shared-between-reaches",
    claim: "The same query, asked in turns from several reaches, gets each reach's own answer.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const organizations = [await openOrganization(store, "acme"), await openOrganization(store, "rival")];
      const users = ["alice", "bob"];
      for (const { orgId, key, namespace } of organizations) {
        await namespace.upsert({
          records: users.map((user) =>
            recordOf(key, `common ${orgId} ${user}`, { scopeKey: placementAt(user) }),
          ),
        });
      }
      for (let round = 0; round < 2; round++) {
        for (const { orgId, namespace } of organizations) {
          for (const user of users) {
            for (const [way, read] of Object.entries(
              readsOf(namespace, visibleFrom(placementAt(user)), ["common"]),
            )) {
              const texts = textsOf(await read());
              check(
                same(texts, [`common ${orgId} ${user}`]),
                () =>
                  `${orgId} ${user} asked by ${way} what others had asked before, and got: ${texts.join(", ") || "nothing"}`,
                isMore(texts, [`common ${orgId} ${user}`]),
              );
            }
          }
        }
      }
    },
  },
  {
    id: "forged-reaches-are-refused",
    claim: "A reach that core has not minted, or none, is refused rather than read as everything.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      await namespace.upsert({ records: [recordOf(key, "of bob", { scopeKey: placementAt("bob") })] });
      const versions = await listAll(namespace, everything);
      for (const forged of [
        undefined,
        null,
        {},
        { user: "any", agent: "any", run: "any" },
        JSON.parse(JSON.stringify(everything)),
      ]) {
        const scope = forged as unknown as ScopeFilter;
        const attempts: Record<string, () => Promise<unknown>> = {
          list: async () => (await namespace.list({ scope, limit: 1 })).records.length,
          search: async () => (await namespace.search({ scope, vector: vectorOf("bob"), limit: 1 })).length,
          ...(namespace.searchText
            ? {
                searchText: async () =>
                  (await namespace.searchText?.({ scope, terms: ["bob"], weights: queryWeights, limit: 1 }))
                    ?.length,
              }
            : {}),
          get: async () => (await namespace.get({ ids: ["id-of bob"], scope })).length,
          count: () => namespace.count({ scope }),
          delete: () => namespace.delete({ scope }),
          "delete by version": () => namespace.delete({ scope, versions }),
        };
        for (const [way, attempt] of Object.entries(attempts)) {
          const seen = await attempt().catch(() => "refused");
          check(
            seen === "refused",
            () =>
              `${way} took ${JSON.stringify(forged) ?? "undefined"} for a reach, and answered ${JSON.stringify(seen)}.`,
          );
        }
      }
    },
  },
];

function describeDifference(
  way: string,
  scope: ScopeFilter,
  records: readonly RecordContent[],
  texts: readonly string[],
  expected: readonly string[],
): string {
  const scopeKeyOf = (text: string) => {
    const record = records.find(({ payload }) => JSON.parse(payload).text === text);
    return record ? nameOf(record.scopeKey) : text;
  };
  const foreign = texts.filter((text) => !expected.includes(text)).map(scopeKeyOf);
  const lost = expected.filter((text) => !texts.includes(text)).map(scopeKeyOf);
  const said = [
    ...(foreign.length ? [`saw what was written at ${foreign.slice(0, 3).join(", ")}`] : []),
    ...(lost.length ? [`missed what was written at ${lost.slice(0, 3).join(", ")}`] : []),
  ];
  return `A reader that reaches ${JSON.stringify(scope)} ${said.join(" and ")}, by ${way}.`;
}
