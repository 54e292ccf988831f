import type { Namespace, ScopeFilter, StoredRecord, VectorRecord } from "@loci/core/store";
import type { ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  expecting,
  openOrganization,
  placementAt,
  recordOf,
  same,
  textsOf,
  visibleFrom,
} from "../fixtures.ts";
import { abortUnderWay } from "../modes/abort-under-way.ts";

const alice = placementAt("alice");
/** The milliseconds after which a call is aborted: at once, and when a backend may be in the middle of it. */
const pauses = [0, 1, 2, 5];
/** A change of some records, as it may be aborted. */
interface Change {
  readonly scope: ScopeFilter;
  readonly versions: readonly StoredRecord[];
  readonly records: readonly VectorRecord[];
  readonly signal: AbortSignal;
}

const changes: Readonly<Record<string, (namespace: Namespace, change: Change) => Promise<unknown>>> = {
  "a write": (namespace, { records, signal }) => namespace.upsert({ records, signal }),
  "a conditional write": (namespace, { records, versions, signal }) => {
    const versionOf = (id: string) => versions.find((one) => one.id === id)?.version ?? "";
    const expected = records.map((record) => expecting({ version: versionOf(record.id) }, record));
    return namespace.upsert({ records: expected, signal });
  },
  "a deletion by version": (namespace, { scope, versions, signal }) =>
    namespace.delete({ scope, versions, signal }),
  "a deletion by id": (namespace, { scope, versions, signal }) =>
    namespace.delete({ scope, ids: versions.map(({ id }) => id), signal }),
  "a deletion of everything": (namespace, { scope, signal }) => namespace.delete({ scope, signal }),
};

/** What becomes of calls and listings when something happens while they are under way, in the bare store. */
export const storeUnderWay: readonly ConformanceCase[] = [
  {
    id: "aborted-changes-reject",
    claim:
      "A write or deletion that is aborted while it runs rejects with the signal's reason, and leaves each record as it was or as it was to be.",
    level: "core",
    layer: "store",
    async run({ store, check, effort }) {
      const { key, namespace } = await openOrganization(store, "acme");
      for (let round = 0; round < effort; round++) {
        for (const pause of pauses) {
          for (const [change, call] of Object.entries(changes)) {
            // Whoever aborts a change does not know whether it happens, nor when: each has records of its own.
            const user = `${change} ${pause} ${round}`;
            const record = (text: string, index: number) =>
              recordOf(key, `${text} ${index}`, { id: `${index}`, scopeKey: placementAt(user) });
            const records = Array.from({ length: 20 }, (_, index) => record("old", index));
            await namespace.upsert({ records });
            const scope = visibleFrom(placementAt(user), "own");
            const versions = (await namespace.list({ scope, limit: 100 })).records;
            const written = records.map((_, index) => record("new", index));
            const problem = await abortUnderWay(
              (signal) => call(namespace, { scope, versions, records: written, signal }),
              pause,
            );
            check(problem === undefined, () => `${change}, aborted after ${pause} ms: ${problem}`);
            const left = textsOf((await namespace.list({ scope, limit: 100 })).records);
            const known = textsOf(change.includes("write") ? [...records, ...written] : records);
            check(
              left.every((text) => known.includes(text)) && (left.length === 20 || !change.includes("write")),
              () => `${change}, aborted after ${pause} ms, has left: ${left.join(", ")}`,
            );
          }
        }
      }
    },
  },
  {
    id: "pages-go-on-where-they-were",
    claim:
      "A listing goes on after the last record that it has brought, whatever is written and deleted between two pages, and in any process.",
    level: "core",
    layer: "store",
    async run({ store, second, check }) {
      const other = await second();
      for (const limit of [1, 3, 7]) {
        const { key, namespace } = await openOrganization(store, `acme ${limit}`);
        const handles = [namespace, (await openOrganization(other, `acme ${limit}`)).namespace];
        const at = (text: string, $createdAt: number) => {
          const record = recordOf(key, text, { scopeKey: alice });
          return { ...record, fields: { ...record.fields, $createdAt } };
        };
        const records = Array.from({ length: 24 }, (_, index) => at(`n${index}`, 1000 - 10 * index));
        await namespace.upsert({ records });
        const seen: string[] = [];
        const deleted = new Set<string>();
        let cursor: string | undefined;
        for (let page = 0; page < records.length; page++) {
          const found = await (handles[page % 2] as Namespace).list({
            scope: visibleFrom(alice),
            limit,
            ...(cursor === undefined ? {} : { cursor }),
          });
          seen.push(...found.records.map(({ payload }) => JSON.parse(payload).text as string));
          cursor = found.cursor;
          if (cursor === undefined) break;
          await changeBetween(namespace, page, found.records[0]?.id ?? "", at(`newer ${page}`, 2000 + page));
          const next = records.find(({ id }) => !seen.includes(id.slice(3)));
          if (page % 3 !== 2 || !next) continue;
          await namespace.delete({ ids: [next.id], scope: everything });
          deleted.add(next.id.slice(3));
        }
        const expected = records.map(({ id }) => id.slice(3)).filter((text) => !deleted.has(text));
        check(
          same(seen, expected),
          () =>
            `In pages of ${limit}, with writes and deletions between them, a listing brought ${seen.join(" ")}, where ${expected.join(" ")} were there all the time.`,
        );
      }
    },
  },
];

/** Writes something newer, or deletes what the listing has brought already. */
async function changeBetween(
  namespace: Namespace,
  page: number,
  id: string,
  newer: ReturnType<typeof recordOf>,
): Promise<void> {
  if (page % 2 === 0) await namespace.upsert({ records: [newer] });
  else await namespace.delete({ ids: [id], scope: everything });
}
