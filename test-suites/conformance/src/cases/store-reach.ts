import {
  inScope,
  matchesFilter,
  parseFilter,
  type RecordContent,
  type ScopeFilter,
  type ScopeKey,
} from "@loci/core/store";
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
import { crowdOf } from "../oracles/crowd.ts";

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
      "Listing, searching by vector and by words return every record inside the reach and none outside it.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const records = scopeKeys.map((scopeKey, index) => recordOf(key, `common n${index}`, { scopeKey }));
      for (let from = 0; from < records.length; from += 50)
        await namespace.upsert({ records: records.slice(from, from + 50) });
      for (const scope of readers) {
        const expected = records
          .filter(({ scopeKey }) => inScope(scope, scopeKey))
          .map(({ payload }) => JSON.parse(payload).text as string)
          .sort();
        for (const [way, read] of Object.entries(readsOf(namespace, scope, ["common"]))) {
          const texts = textsOf(await read());
          check(
            same(texts, expected),
            () => describeDifference(way, scope, records, texts, expected),
            isMore(texts, expected),
          );
        }
      }
    },
  },
  {
    id: "counts-see-exactly-their-reach",
    claim: "Counting says how many records are inside the reach, with and without a filter.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const records = scopeKeys.map((scopeKey, index) =>
        recordOf(key, `n${index}`, { scopeKey, fields: { even: index % 2 === 0 } }),
      );
      for (let from = 0; from < records.length; from += 50)
        await namespace.upsert({ records: records.slice(from, from + 50) });
      const filter = parseFilter({ even: true });
      for (const scope of readers) {
        const inside = records.filter(({ scopeKey }) => inScope(scope, scopeKey));
        const count = await namespace.count({ scope });
        check(
          count === inside.length,
          () => `Inside ${JSON.stringify(scope)} are ${inside.length} records, counted ${count}.`,
          count > inside.length,
        );
        const even = inside.filter(({ fields }) => fields.even).length;
        const filtered = await namespace.count({ scope, filter });
        check(
          filtered === even,
          () => `Inside ${JSON.stringify(scope)} are ${even} even records, counted ${filtered}.`,
          filtered > even,
        );
      }
    },
  },
  {
    id: "ids-do-not-open-other-reaches",
    claim: "Getting and deleting by id touches no record outside the reach, whoever knows its id.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const users = ["alice", "malice", "Alice", "ali", "alice smith", "%", "ALICE"];
      await namespace.upsert({
        records: users.map((user) =>
          recordOf(key, `of ${user}`, { id: `secret of ${user}`, scopeKey: placementAt(user) }),
        ),
      });
      const ids = users.map((user) => `secret of ${user}`);
      for (const user of users) {
        const texts = textsOf(await namespace.get({ ids, scope: visibleFrom(placementAt(user)) }));
        check(
          same(texts, [`of ${user}`]),
          () => `${user}, asking for everybody's ids, got: ${texts.join(", ")}`,
          isMore(texts, [`of ${user}`]),
        );
      }
      const deleted = await namespace.delete({ ids, scope: visibleFrom(placementAt("alice"), "within") });
      check(
        deleted === 1,
        () => `alice, deleting everybody's ids, was told that ${deleted} went.`,
        deleted > 1,
      );
      const left = textsOf(await listAll(namespace, everything));
      check(
        same(
          left,
          users
            .filter((user) => user !== "alice")
            .map((user) => `of ${user}`)
            .sort(),
        ),
        () => `After alice deleted everybody's ids there are: ${left.join(", ")}`,
        false,
      );
    },
  },
  {
    id: "ids-collide-without-overwriting",
    claim: "Records of one id at several placements live side by side; writing one changes no other.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const owners = [
        placementAt(""),
        placementAt("alice"),
        placementAt("bob"),
        placementAt("alice", "bot"),
        placementAt("", "bot"),
      ];
      for (const scopeKey of owners)
        await namespace.upsert({
          records: [recordOf(key, `of ${nameOf(scopeKey)}`, { id: "one", scopeKey })],
        });
      await namespace.upsert({
        records: [recordOf(key, "alice again", { id: "one", scopeKey: placementAt("alice") })],
      });
      const texts = textsOf(await listAll(namespace, everything));
      const expected = [
        ...owners
          .filter((scopeKey) => nameOf(scopeKey) !== nameOf(placementAt("alice")))
          .map((scopeKey) => `of ${nameOf(scopeKey)}`),
        "alice again",
      ].sort();
      check(
        same(texts, expected),
        () => `Five owners of the id "one", one of them written twice; there are: ${texts.join(", ")}`,
        false,
      );
    },
  },
  {
    id: "deleting-stays-in-its-reach",
    claim: "Deleting everything, or what a filter matches, deletes exactly what is inside the reach.",
    level: "isolation",
    layer: "store",
    async run({ another, check }) {
      const some = scopeKeys.filter((_, index) => index % 4 === 0);
      for (const filter of [
        undefined,
        parseFilter({ old: true }),
        parseFilter({ $or: [{ old: true }, { gone: { $ne: 1 } }] }),
      ]) {
        const { store } = await another();
        const { key, namespace } = await openOrganization(store, "acme");
        const records = some.map((scopeKey, index) =>
          recordOf(key, `n${index}`, { scopeKey, fields: { old: index % 2 === 0 } }),
        );
        await namespace.upsert({ records });
        let left = records;
        for (const scopeKey of some.slice(1)) {
          const scope = visibleFrom(scopeKey, "within");
          const doomed = left.filter(
            (record) => inScope(scope, record.scopeKey) && (!filter || matchesFilter(record.fields, filter)),
          );
          left = left.filter((record) => !doomed.includes(record));
          const deleted = await namespace.delete({ ...(filter ? { filter } : {}), scope });
          check(
            deleted === doomed.length,
            () =>
              `Deleting within ${nameOf(scopeKey)} should delete ${doomed.length}, and deleted ${deleted}.`,
            deleted > doomed.length,
          );
          const texts = textsOf(await listAll(namespace, everything));
          check(
            same(texts, textsOf(left)),
            () =>
              `Deleting within ${nameOf(scopeKey)} left ${texts.length} records instead of ${left.length}.`,
            false,
          );
        }
      }
    },
  },
  {
    id: "crowds-cost-no-result",
    claim: "A reader gets its results however many nearer neighbours others have in the same namespace.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const wanted = "zebra";
      const nearer = { scopeKey: placementAt("bob"), vector: vectorOf(wanted) };
      for (const batch of crowdOf(1200, (index) => recordOf(key, `zebra zebra ${index}`, nearer))) {
        await namespace.upsert({ records: batch });
      }
      const own = Array.from({ length: 7 }, (_, index) =>
        recordOf(key, `far away zebra and much more ${index}`, {
          scopeKey: placementAt("alice"),
          fields: { kept: index < 5 },
        }),
      );
      await namespace.upsert({ records: own });
      const scope = visibleFrom(placementAt("alice"));
      for (const [filter, expected] of [
        [undefined, 7],
        [parseFilter({ kept: true }), 5],
      ] as const) {
        const query = { scope, limit: 10, ...(filter ? { filter } : {}) };
        const near = await namespace.search({ ...query, vector: vectorOf(wanted) });
        check(
          near.length === expected,
          () =>
            `Among 1,200 nearer neighbours of bob, alice should find ${expected} by vector, and found ${near.length}.`,
          near.length > expected,
        );
        if (!namespace.searchText) continue;
        const said = await namespace.searchText({ ...query, terms: [wanted], weights: queryWeights });
        check(
          said.length === expected,
          () =>
            `Among 1,200 better matches of bob, alice should find ${expected} by words, and found ${said.length}.`,
          said.length > expected,
        );
      }
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
