import type { ConformanceCase } from "../conformance-case.ts";
import { identifierPairs } from "../corpus.ts";
import {
  everything,
  isMore,
  listAll,
  nameOf,
  openOrganization,
  placementAt,
  readsOf,
  recordOf,
  same,
  textsOf,
  visibleFrom,
} from "../fixtures.ts";

const names = [...new Set(identifierPairs.flatMap(([, a, b]) => [a, b]))];
const placements = names.flatMap((name) => [
  placementAt(name),
  placementAt("user", name),
  placementAt("user", "agent", name),
]);

/** Ids and owners that are one name where they are joined, with a separator or without those that are empty. */
const joined: readonly (readonly [id: string, user: string, agent: string, run: string])[] = [
  ...[":", "/", "_", "-", ".", ",", "|", " ", "::"].flatMap((separator) => [
    ["x", `y${separator}z`, "", ""] as const,
    [`x${separator}y`, "z", "", ""] as const,
    [`x${separator}y${separator}z`, "", "", ""] as const,
  ]),
  ["x", "y", "", ""],
  ["x", "", "y", ""],
  ["x", "", "", "y"],
  ["xy", "", "", ""],
];

/** Names that a careless store takes for each other, at every level and as ids, in the bare store. */
export const storeAlikeNames: readonly ConformanceCase[] = [
  {
    id: "alike-names-stay-apart-at-every-level",
    claim:
      "Users, agents and runs of alike names read, count and delete their own record, by every way and by its id.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      await namespace.upsert({
        records: placements.map((scopeKey, index) =>
          recordOf(key, `common n${index}`, { id: "one", scopeKey }),
        ),
      });
      for (const [index, scopeKey] of placements.entries()) {
        const scope = visibleFrom(scopeKey, "own");
        const reads = {
          ...readsOf(namespace, scope, ["common"]),
          get: () => namespace.get({ ids: ["one"], scope }),
        };
        for (const [way, read] of Object.entries(reads)) {
          const texts = textsOf(await read());
          check(
            same(texts, [`common n${index}`]),
            () =>
              `At ${nameOf(scopeKey)}, ${way} found ${texts.length} records instead of its own: ${texts.join(", ")}`,
            isMore(texts, [`common n${index}`]),
          );
        }
        const count = await namespace.count({ scope });
        check(
          count === 1,
          () => `At ${nameOf(scopeKey)} is one record, and ${count} are counted.`,
          count > 1,
        );
      }
      for (const [index, scopeKey] of placements.entries()) {
        const scope = visibleFrom(scopeKey, "own");
        const deleted = await namespace.delete(index % 2 ? { scope } : { ids: ["one"], scope });
        check(
          deleted === 1,
          () => `At ${nameOf(scopeKey)} is one record, and ${deleted} were deleted.`,
          deleted > 1,
        );
      }
      const left = await listAll(namespace, everything);
      check(left.length === 0, () => `After each deleted its own, there are ${left.length} records.`, false);
    },
  },
  {
    id: "ids-and-owners-do-not-run-together",
    claim: "Records whose ids and owners are one name where they are joined are each their owner's own.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const records = joined.map(([id, ...levels], index) =>
        recordOf(key, `n${index}`, { id, scopeKey: placementAt(...levels) }),
      );
      await namespace.upsert({ records });
      for (const [index, { id, scopeKey }] of records.entries()) {
        const texts = textsOf(await namespace.get({ ids: [id], scope: visibleFrom(scopeKey, "own") }));
        check(
          same(texts, [`n${index}`]),
          () =>
            `At ${nameOf(scopeKey)}, the id ${JSON.stringify(id)} brought ${texts.join(", ") || "nothing"}.`,
          isMore(texts, [`n${index}`]),
        );
      }
      const others = records.slice(1);
      await namespace.delete({ ids: ["x"], scope: visibleFrom(placementAt("y:z"), "own") });
      const left = textsOf(await listAll(namespace, everything));
      check(
        same(left, textsOf(others)),
        () => `After one of ${records.length} was deleted, there are ${left.length}: ${left.join(", ")}`,
        isMore(left, textsOf(others)),
      );
    },
  },
  {
    id: "alike-ids-stay-apart",
    claim: "Getting and deleting by an id finds the record of this id, and of none that is like it.",
    level: "core",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      await namespace.upsert({ records: names.map((id, index) => recordOf(key, `n${index}`, { id })) });
      for (const [index, id] of names.entries()) {
        const texts = textsOf(await namespace.get({ ids: [id], scope: everything }));
        check(
          same(texts, [`n${index}`]),
          () => `The id ${JSON.stringify(id)} brought ${texts.join(", ") || "nothing"}, not n${index}.`,
        );
      }
      for (const id of names) {
        const deleted = await namespace.delete({ ids: [id], scope: everything });
        check(deleted === 1, () => `By the id ${JSON.stringify(id)}, ${deleted} records were deleted.`);
      }
    },
  },
];
