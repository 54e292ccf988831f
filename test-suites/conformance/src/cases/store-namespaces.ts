import type { ConformanceCase } from "../conformance-case.ts";
import { identifierPairs, injections } from "../corpus.ts";
import {
  everything,
  isMore,
  listAll,
  openOrganization,
  openOrganizations,
  placementAt,
  queryWeights,
  readsOf,
  recordOf,
  same,
  textOf,
  textsOf,
  visibleFrom,
} from "../fixtures.ts";
import { Canaries } from "../oracles/canary.ts";
import { repeated } from "../repeated.ts";

/** What one organization cannot see or change of another, in the bare store. */
export const storeNamespaces: readonly ConformanceCase[] = [
  {
    id: "namespaces-share-no-record",
    claim:
      "Every way to read a namespace returns its own records and no other's, however alike their owners are.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const canaries = new Canaries();
      const orgIds = identifierPairs
        .slice(0, 12)
        .flatMap(([careless, ...pair]) => pair.map((orgId) => `${orgId} ${careless}`));
      const canaryOf = new Map(orgIds.map((orgId) => [orgId, canaries.make(orgId)]));
      const textAt = (orgId: string) => `common ${canaryOf.get(orgId)?.text}`;
      const organizations = await openOrganizations(store, orgIds, ({ orgId, key }) =>
        recordOf(key, textAt(orgId), { id: "the-same-id" }),
      );
      for (const { orgId, namespace } of organizations) {
        const expected = [textAt(orgId)];
        const reads = {
          ...readsOf(namespace, everything, ["common"]),
          get: () => namespace.get({ ids: ["the-same-id"], scope: everything }),
        };
        for (const [way, read] of Object.entries(reads)) {
          const texts = textsOf(await read());
          check(
            same(texts, expected),
            () => {
              const leaked = canaries.foundIn(texts).filter(({ text }) => text !== canaryOf.get(orgId)?.text);
              return `${orgId} should read its own record by ${way}; it read ${texts.length}, of ${leaked.map(({ writer }) => writer).join(", ") || "nobody else"}.`;
            },
            isMore(texts, expected),
          );
        }
        const count = await namespace.count({ scope: everything });
        check(count === 1, () => `${orgId} should count its one record, and counted ${count}.`, count > 1);
      }
    },
  },
  {
    id: "writes-stay-in-their-namespace",
    claim:
      "Writing and deleting in one namespace changes nothing in another that has records of the same ids.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const acme = await openOrganization(store, "acme");
      const rival = await openOrganization(store, "rival");
      const at = placementAt("alice");
      const ids = ["one", "two", "three"];
      await rival.namespace.upsert({
        records: ids.map((id) => recordOf(rival.key, `rival ${id}`, { id, scopeKey: at })),
      });
      await acme.namespace.upsert({
        records: ids.map((id) => recordOf(acme.key, `acme ${id}`, { id, scopeKey: at })),
      });
      const before = textsOf(await listAll(rival.namespace, everything));
      check(
        same(before, ["rival one", "rival three", "rival two"]),
        () => `rival's records after acme wrote: ${before.join(", ")}`,
        isMore(before, ["rival one", "rival three", "rival two"]),
      );
      await acme.namespace.delete({ ids: ["one"], scope: everything });
      await acme.namespace.delete({
        filter: { type: "exists", field: "nothing", negated: true },
        scope: visibleFrom(at, "own"),
      });
      await acme.namespace.delete({ scope: everything });
      const after = textsOf(await listAll(rival.namespace, everything));
      check(
        same(after, before),
        () => `rival's records after acme deleted all of its own: ${after.join(", ") || "none"}`,
        isMore(after, before),
      );
    },
  },
  {
    id: "cursors-stay-in-their-namespace",
    claim:
      "A cursor of one namespace or reach, used in another, brings nothing that the other does not have.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const acme = await openOrganization(store, "acme");
      const rival = await openOrganization(store, "rival");
      const users = ["alice", "bob"];
      for (const { key, namespace, orgId } of [acme, rival]) {
        for (const user of users) {
          const records = Array.from({ length: 6 }, (_, index) =>
            recordOf(key, `${orgId} ${user} ${index}`, { scopeKey: placementAt(user) }),
          );
          await namespace.upsert({ records });
        }
      }
      const bob = visibleFrom(placementAt("bob"), "own");
      const alice = visibleFrom(placementAt("alice"), "own");
      for (const source of [
        () => rival.namespace.list({ scope: bob, limit: 2 }),
        () => acme.namespace.list({ scope: bob, limit: 2 }),
      ]) {
        const { cursor } = await source();
        check(cursor !== undefined, () => "A listing of 6 records in pages of 2 has no cursor.", false);
        // That the cursor is refused is as good as an answer of one's own.
        const texts: readonly string[] = await acme.namespace
          .list({ scope: alice, limit: 10, cursor: cursor as string })
          .then(
            ({ records }) => textsOf(records),
            () => [],
          );
        const foreign = texts.filter((text) => !text.startsWith("acme alice"));
        check(
          foreign.length === 0,
          () => `alice of acme, with a foreign cursor, read: ${foreign.join(", ")}`,
        );
      }
    },
  },
  {
    id: "concurrent-calls-keep-their-namespace",
    claim:
      "Calls of several organizations and users at once, in whatever order they end, each get their own.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const organizations = await Promise.all(
        ["acme", "rival", "beta"].map((orgId) => openOrganization(store, orgId)),
      );
      const users = ["alice", "bob", "carol"];
      await Promise.all(
        organizations.flatMap(({ orgId, key, namespace }) =>
          users.map((user) =>
            repeated(() =>
              namespace.upsert({
                records: [recordOf(key, `common ${orgId} ${user}`, { scopeKey: placementAt(user) })],
              }),
            ),
          ),
        ),
      );
      for (let round = 0; round < 5; round++) {
        const asked = organizations.flatMap(({ orgId, namespace }) =>
          users.flatMap((user) =>
            Object.entries(readsOf(namespace, visibleFrom(placementAt(user)), ["common"])).map(
              async ([way, read]) => {
                return { who: `${orgId} ${user}`, way, texts: textsOf((await repeated(read)).answer) };
              },
            ),
          ),
        );
        for (const { who, way, texts } of await Promise.all(round % 2 ? asked : asked.toReversed())) {
          check(
            same(texts, [`common ${who}`]),
            () => `${who}, among concurrent calls, read by ${way}: ${texts.join(", ") || "nothing"}`,
            isMore(texts, [`common ${who}`]),
          );
        }
      }
    },
  },
  {
    id: "stamps-are-data",
    claim:
      "The namespace and the placement of a record come back as they were written, not as the reader expects them.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const acme = await openOrganization(store, "acme");
      const rival = await openOrganization(store, "rival");
      // Such a record is what a leak would bring: core finds it by its stamp, if the store has kept it.
      await acme.namespace.upsert({
        records: [
          recordOf(rival.key, "stamped by rival", { scopeKey: placementAt("alice", "agent", "run") }),
        ],
      });
      const [found] = await listAll(acme.namespace, everything);
      check(
        found?.namespace === rival.key,
        () => `A record stamped ${rival.key} came back stamped ${found?.namespace}.`,
        false,
      );
      const { user, agent, run } = found?.scopeKey ?? {};
      check(
        user === "alice" && agent === "agent" && run === "run",
        () => `A record at alice, agent, run came back at ${user}, ${agent}, ${run}.`,
        false,
      );
    },
  },
  {
    id: "names-are-never-parsed",
    claim: "Organizations, ids, fields, values and words that look like a query are compared, never run.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const rival = await openOrganization(store, "rival");
      await rival.namespace.upsert({
        records: [recordOf(rival.key, "rival secret", { id: "secret", fields: { kind: "secret" } })],
      });
      const acme = await openOrganization(store, "acme");
      await acme.namespace.upsert({
        records: [
          recordOf(acme.key, "of bob", {
            id: "bobs",
            scopeKey: placementAt("bob"),
            fields: { kind: "bob" },
          }),
        ],
      });
      const alice = placementAt("alice");
      for (const injection of injections) {
        const scope = visibleFrom(placementAt(injection), "own");
        const id = `id ${injection}`;
        await acme.namespace.upsert({
          records: [
            recordOf(acme.key, `word${injection.length}`, {
              id,
              scopeKey: alice,
              fields: { [injection]: injection },
            }),
          ],
        });
        const own = visibleFrom(alice, "own");
        const filters = [
          { type: "in", field: injection, values: [injection], negated: false },
          { type: "in", field: "kind", values: [injection], negated: false },
          { type: "in", field: injection, values: ["bob"], negated: false },
        ] as const;
        const texts: string[] = [];
        for (const filter of filters)
          texts.push(...textsOf((await acme.namespace.list({ scope: own, filter, limit: 100 })).records));
        texts.push(...textsOf(await acme.namespace.get({ ids: [injection, `x' or '1'='1`], scope: own })));
        texts.push(...textsOf(await listAll(acme.namespace, scope)));
        texts.push(
          ...(
            (await acme.namespace.searchText?.({
              scope,
              terms: [injection, "secret"],
              weights: queryWeights,
              limit: 10,
            })) ?? []
          ).map(({ record }) => textOf(record)),
        );
        check(
          same(texts, [`word${injection.length}`]),
          () =>
            `With ${JSON.stringify(injection)} as value, field, id, user and word, alice should find her record once, and found: ${texts.join(", ") || "nothing"}`,
          isMore(texts, [`word${injection.length}`]),
        );
        const deleted = await acme.namespace.delete({ ids: [injection], scope: own });
        check(
          deleted === 0,
          () => `Deleting the id ${JSON.stringify(injection)} deleted ${deleted} records.`,
        );
        await acme.namespace.delete({ ids: [id], scope: own });
      }
      const left = [
        ...textsOf(await listAll(acme.namespace, everything)),
        ...textsOf(await listAll(rival.namespace, everything)),
      ];
      check(
        same(left, ["of bob", "rival secret"]),
        () => `After all that, there should be bob's and rival's records; there are: ${left.join(", ")}`,
      );
    },
  },
];
