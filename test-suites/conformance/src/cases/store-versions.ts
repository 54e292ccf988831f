import type { RecordVersion, StoredRecord } from "@loci/core/store";
import type { ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  expecting,
  listAll,
  openOrganization,
  placementAt,
  readOne,
  readsOf,
  recordOf,
  same,
  textsOf,
  versionsOf,
  visibleFrom,
} from "../fixtures.ts";
import { twoHandles } from "../two-handles.ts";

/** What versions are, and what is deleted by them, in the bare store. */
export const storeVersions: readonly ConformanceCase[] = [
  {
    id: "every-write-has-a-version-of-its-own",
    claim:
      "Every write gives its record a version that it never had, whatever it writes and whatever was deleted.",
    level: "core",
    layer: "store",
    async run({ check, ...context }) {
      const { key, namespaces } = await twoHandles(context);
      const [namespace, other] = namespaces;
      const record = recordOf(key, "equal", { id: "one" });
      const ids = ["one"];
      const seen = new Set<string>();
      const look = async (how: string) => {
        const { version } = await readOne(namespace, "one");
        check(
          typeof version === "string" && version !== "" && !seen.has(version),
          () => `Written ${how}, the record has the version ${JSON.stringify(version)} again.`,
        );
        seen.add(version);
        return { version };
      };
      for (let round = 0; round < 4; round++) {
        await namespace.upsert({ records: [expecting("absent", record)] });
        const created = await look("anew");
        await other.upsert({ records: [expecting(created, record)] });
        await look("by version, with equal content");
        await other.upsert({ records: [record] });
        await look("without a condition, with equal content");
        await namespace.upsert({ records: [recordOf(key, `new ${round}`, { id: "one" })] });
        const { version } = await look("with new content");
        if (round === 0) await namespace.delete({ ids, scope: everything });
        else if (round === 1) await other.delete({ scope: everything });
        else await other.delete({ versions: [{ ...record, version }], scope: everything });
      }
    },
  },
  {
    id: "every-read-returns-the-version",
    claim: "Getting, listing and searching return the same version of a record.",
    level: "core",
    layer: "store",
    async run({ check, ...context }) {
      const { key, namespaces } = await twoHandles(context);
      const [namespace, other] = namespaces;
      const owners = ["", "alice", "bob"].map((user) => placementAt(user));
      for (let round = 0; round < 3; round++) {
        await namespace.upsert({
          records: owners.map((scopeKey) => recordOf(key, `common n${round}`, { id: "one", scopeKey })),
        });
        const ids = ["one"];
        const ways: Record<string, () => Promise<readonly StoredRecord[]>> = {
          ...readsOf(namespace, everything, ["common"]),
          get: () => namespace.get({ ids, scope: everything }),
          "get with vectors": () => namespace.get({ ids, scope: everything, vectors: true }),
          "list with vectors": async () =>
            (await namespace.list({ scope: everything, limit: 9, vectors: true })).records,
          "get of another process": () => other.get({ ids, scope: everything }),
        };
        const expected = versionsOf(await namespace.get({ ids, scope: everything }));
        for (const [way, read] of Object.entries(ways)) {
          const versions = versionsOf(await read());
          check(
            same(versions, expected) && !versions.some((text) => text.endsWith("undefined")),
            () =>
              `Read by ${way}, the versions are ${versions.join(", ")} instead of ${expected.join(", ")}.`,
          );
        }
      }
    },
  },
  {
    id: "deleting-by-version-spares-what-was-rewritten",
    claim: "Deleting a thousand records by version deletes, and counts, those that are still at it.",
    level: "core",
    layer: "store",
    async run({ check, ...context }) {
      const { key, namespaces } = await twoHandles(context);
      const [namespace, other] = namespaces;
      const records = Array.from({ length: 1000 }, (_, index) => recordOf(key, `n${index}`));
      await namespace.upsert({ records });
      const versions: readonly RecordVersion[] = await listAll(namespace, everything);
      const rewritten = records.filter((_, index) => index % 10 === 3);
      await other.upsert({ records: rewritten });
      const never = versions.slice(0, 3).map((one) => ({ ...one, id: `never-${one.id}` }));
      // Also one that was never there, and one that is named twice.
      const doomed = [...versions, ...never, ...versions.slice(0, 20)];
      const gone = await namespace.delete({ versions: doomed, scope: everything });
      check(gone === 900, () => `900 of 1000 records were at their version, and ${gone} were deleted.`);
      const left = textsOf(await listAll(other, everything));
      check(
        same(left, textsOf(rewritten)),
        () => `100 records had been rewritten, and ${left.length} are left.`,
      );
      const again = await namespace.delete({ versions, scope: everything });
      check(again === 0, () => `Deleting the same versions again deleted ${again}.`);
      const none = await namespace.delete({ versions: [], scope: everything });
      check(none === 0, () => `Deleting no version deleted ${none} records.`);
      const current = await listAll(namespace, everything);
      // Of each record the version that it has, among others that it had, before them and after them.
      const mixed = [...current.slice(0, 50), ...versions, ...current.slice(50)];
      const rest = await other.delete({ versions: mixed, scope: everything });
      check(rest === 100, () => `100 records were at the version that was read, and ${rest} were deleted.`);
    },
  },
  {
    id: "deleting-by-version-stays-in-its-reach",
    claim:
      "Deleting by version touches no record outside the reach, and none at another placement than it names.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const users = ["alice", "malice", "Alice", "ali", "%", ""];
      await namespace.upsert({
        records: users.map((user) => recordOf(key, `of ${user}`, { id: "one", scopeKey: placementAt(user) })),
      });
      const versions = await listAll(namespace, everything);
      const elsewhere = versions.map((one) => ({
        ...one,
        scopeKey: placementAt("nobody", one.scopeKey.user),
      }));
      const moved = await namespace.delete({ versions: elsewhere, scope: everything });
      check(moved === 0, () => `Named at placements that have no record, ${moved} were deleted.`, false);
      const scope = visibleFrom(placementAt("alice"), "within");
      const deleted = await namespace.delete({ versions, scope });
      check(
        deleted === 1,
        () => `alice, deleting everybody's versions, was told that ${deleted} went.`,
        deleted > 1,
      );
      const left = textsOf(await listAll(namespace, everything));
      const expected = users.filter((user) => user !== "alice").map((user) => `of ${user}`);
      check(
        same(left, expected.toSorted()),
        () => `After alice deleted everybody's versions there are: ${left.join(", ")}`,
        false,
      );
    },
  },
];
