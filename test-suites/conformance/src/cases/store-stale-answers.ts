import {
  type Filter,
  type Namespace,
  noExpiry,
  parseFilter,
  type ScopeFilter,
  type StoredRecord,
  type VectorRecord,
} from "@loci/core/store";
import type { Check, ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  openOrganization,
  placementAt,
  queryWeights,
  recordOf,
  textOf,
  vectorOf,
  visibleFrom,
} from "../fixtures.ts";

const owner = placementAt("alice", "bot", "run");
/** From one level after the other. */
const reachesOf = (user: string): readonly ScopeFilter[] => [
  visibleFrom(placementAt(user), "within"),
  visibleFrom(placementAt(user, "bot"), "within"),
  visibleFrom(placementAt(user, "bot", "run")),
];
const reaches = [...reachesOf("alice"), everything];
const nested = [1, 2, 3, 4, 5].reduce<object>(
  (inner, level) => ({
    [level % 2 ? "$or" : "$and"]: [level % 2 ? { kind: "none" } : { kind: { $ne: 1 } }, inner],
  }),
  { kind: "x" },
);
const filters: readonly (Filter | undefined)[] = [
  undefined,
  parseFilter({ kind: "x" }),
  parseFilter({ $or: [{ kind: "none" }, { $and: [{ kind: "x" }, { kind: { $exists: true } }] }] }),
  parseFilter(nested as { kind: string }),
  parseFilter({ kind: { $in: ["x", ...Array.from({ length: 150 }, (_, index) => `none ${index}`)] } }),
  { type: "range", field: "$expiresAt", operator: "gt", value: 5000, negated: false },
];
const many = (count: number, first: string) => [
  first,
  ...Array.from({ length: count - 1 }, (_, index) => `z${index}`),
];

type Ask = () => Promise<readonly StoredRecord[] | number>;

/** What is asked again when something has changed, in the bare store. */
export const storeStaleAnswers: readonly ConformanceCase[] = [
  {
    id: "no-answer-outlives-a-change",
    claim:
      "Whatever was asked, and however, is answered anew once another process has changed or deleted what was found.",
    level: "isolation",
    layer: "store",
    async run({ store, second, check }) {
      const { key, namespace: first } = await openOrganization(store, "acme");
      await store.open({ key });
      const third = await store.open({ key });
      const { namespace: rival } = await openOrganization(store, "rival");
      const { namespace: other } = await openOrganization(await second(), "acme");
      let round = 0;
      const change = async () => {
        round += 1;
        await other.upsert({ records: markersOf(key, round) });
      };
      for (const size of [16, 400, 1100]) {
        const fillers = Array.from({ length: size }, (_, index) =>
          at(
            recordOf(key, `filler ${index}`, { id: `f${index}`, scopeKey: owner, fields: { kind: "x" } }),
            2000,
          ),
        );
        for (let from = 0; from < size; from += 200)
          await other.upsert({ records: fillers.slice(from, from + 200) });
        await change();
        const isSmall = size === 16;
        const asked = [
          ...(isSmall ? reaches : reaches.slice(0, 1)).flatMap((scope) => questionsOf(first, scope, isSmall)),
          ...(isSmall ? questionsOf(third, everything, isSmall) : []),
        ];
        // Those who have nothing: another user, and another organization.
        const foreign = [
          ...(isSmall ? reachesOf("bob") : reachesOf("bob").slice(0, 1)).flatMap((scope) =>
            questionsOf(first, scope, isSmall),
          ),
          ...questionsOf(rival, reachesOf("alice")[isSmall ? 2 : 0] ?? everything, isSmall),
        ];
        for (const atOnce of isSmall ? [false, true] : [true]) {
          const look = async (version: number | undefined) => {
            // They ask the same first.
            expectVersion(await askAll(foreign, atOnce), undefined, 0, check);
            expectVersion(
              await askAll(asked, atOnce),
              version,
              size + (version === undefined ? 0 : 2),
              check,
            );
          };
          await look(round);
          await change();
          await look(round);
          await other.delete({ ids: ["newest", "oldest"], scope: everything });
          await look(undefined);
          await change();
        }
      }
    },
  },
];

/** Two records that every question finds, first and last in a listing, whose texts say how often they were written. */
function markersOf(key: VectorRecord["namespace"], round: number): readonly VectorRecord[] {
  const marker = (id: string, time: number) => {
    const record = recordOf(key, `marker 猫 v${round}`, {
      id,
      scopeKey: owner,
      fields: { kind: "x" },
      vector: vectorOf("marker"),
    });
    return at(record, time);
  };
  return [marker("newest", 9000), marker("oldest", 1)];
}

function at(record: VectorRecord, $createdAt: number): VectorRecord {
  return { ...record, fields: { ...record.fields, $createdAt, $expiresAt: noExpiry } };
}

function questionsOf(
  namespace: Namespace,
  scope: ScopeFilter,
  isSmall: boolean,
): readonly (readonly [string, Ask])[] {
  const { signal } = new AbortController();
  const vector = vectorOf("marker");
  const hits = (found: readonly { readonly record: StoredRecord }[]) => found.map(({ record }) => record);
  const said =
    (terms: readonly string[], more: object): Ask =>
    async () =>
      hits((await namespace.searchText?.({ scope, terms, weights: queryWeights, limit: 5, ...more })) ?? []);
  const withFilters = filters.flatMap((filter, index): (readonly [string, Ask])[] => {
    const query = { scope, ...(filter ? { filter } : {}) };
    return [
      [`list ${index}`, async () => (await namespace.list({ ...query, limit: 5 })).records],
      [`search ${index}`, async () => hits(await namespace.search({ ...query, vector, limit: 5 }))],
      ...(namespace.searchText ? [[`words ${index}`, said(["marker"], query)] as const] : []),
      [`count ${index}`, () => namespace.count(query)],
    ];
  });
  return [
    ...withFilters,
    ["list one", async () => (await namespace.list({ scope, limit: 1 })).records],
    ["list 150", async () => (await namespace.list({ scope, limit: 150 })).records],
    ["list with vectors", async () => (await namespace.list({ scope, limit: 5, vectors: true })).records],
    ["list with a signal", async () => (await namespace.list({ scope, limit: 5, signal })).records],
    ...(isSmall ? [["the fifth page", () => fifthPage(namespace, scope)] as const] : []),
    ["search one", async () => hits(await namespace.search({ scope, vector, limit: 1 }))],
    ["search 150", async () => hits(await namespace.search({ scope, vector, limit: 150 }))],
    ["search with a signal", async () => hits(await namespace.search({ scope, vector, limit: 5, signal }))],
    ...(namespace.searchText
      ? ([
          ["words one", said(["marker"], { limit: 1 })],
          ["words 150", said(["marker"], { limit: 150 })],
          ["12 words", said(many(12, "marker"), {})],
          ["120 words", said(many(120, "marker"), {})],
          ["Han words", said(["猫"], {})],
          ["words with a signal", said(["marker"], { signal })],
        ] as const)
      : []),
    ["get", () => namespace.get({ ids: ["newest"], scope })],
    ["get with vectors", () => namespace.get({ ids: ["newest"], scope, vectors: true })],
    ["get 12", () => namespace.get({ ids: many(12, "newest"), scope })],
    ["get 320", () => namespace.get({ ids: many(320, "newest"), scope })],
    ["get with a signal", () => namespace.get({ ids: ["newest"], scope, signal })],
    ["count with a signal", () => namespace.count({ scope, signal })],
  ];
}

/** Where the oldest of eighteen records is. */
async function fifthPage(namespace: Namespace, scope: ScopeFilter): Promise<readonly StoredRecord[]> {
  let page = await namespace.list({ scope, limit: 4 });
  for (let number = 2; number <= 5 && page.cursor !== undefined; number++)
    page = await namespace.list({ scope, limit: 4, cursor: page.cursor });
  return page.records;
}

/** What every question finds: how often the markers in it were written, or how many records it counts. */
type Found = readonly (readonly [way: string, answer: readonly string[] | number])[];

async function askAll(asked: readonly (readonly [string, Ask])[], atOnce: boolean): Promise<Found> {
  const one = async ([way, ask]: readonly [string, Ask]) => {
    const answer = await ask();
    if (typeof answer === "number") return [way, answer] as const;
    return [way, answer.map(textOf).flatMap((text) => /marker 猫 (v\d+)/.exec(text)?.[1] ?? [])] as const;
  };
  if (atOnce) return Promise.all(asked.map(one));
  const found: (readonly [string, readonly string[] | number])[] = [];
  for (const question of asked) found.push(await one(question));
  return found;
}

/** Every answer has the markers as they were written last, or none where they were deleted. */
function expectVersion(found: Found, round: number | undefined, size: number, check: Check): void {
  for (const [way, answer] of found) {
    if (typeof answer === "number")
      check(answer === size, () => `${way} counted ${answer} of ${size} records.`, answer > size);
    else if (round === undefined)
      check(answer.length === 0, () => `${way} found what was deleted: ${answer.join(", ")}.`);
    else
      check(
        answer.length > 0 && answer.every((version) => version === `v${round}`),
        () => `${way} found ${answer.join(", ") || "nothing"}, and v${round} was written last.`,
        answer.length > 0,
      );
  }
}
