import {
  type Manifest,
  type Namespace,
  type NamespaceKey,
  NamespaceNotFoundError,
  namespaceKey,
  type VectorStore,
} from "@loci/core/store";
import { Aim } from "../aim.ts";
import type { Check, ConformanceCase } from "../conformance-case.ts";
import { everything, idsOf, isMore, listAll, manifestOf, recordOf, same, textsOf } from "../fixtures.ts";
import { Budget } from "../modes/budget.ts";
import { surfaceText } from "../oracles/canary.ts";
import { isRetryable, repeated } from "../repeated.ts";
import { manyRounds, type Start, waitBriefly } from "../rounds.ts";

/** Namespaces are slow to make, and rounds of different ones go on beside each other. */
const atOnce = 4;
/** How many pairs of namespaces are aimed at, times the effort: the least in any time, and the most in some milliseconds. */
const pairs = { least: 12, most: 100, milliseconds: 6000 };

/** What several who create and drop a namespace at the same moment do to each other, in the bare store. */
export const storeNamespaceRaces: readonly ConformanceCase[] = [
  {
    id: "namespaces-begin-and-end-once",
    claim:
      "However many create, use and drop a namespace at once, there is one, with the records of all, and then none.",
    level: "isolation",
    layer: "store",
    async run({ check, store, second, ...context }) {
      const stores: Stores = [store, await second()];
      await createInPairs(stores, context.effort, check);
      await manyRounds(
        context,
        async (round, start) => {
          const manifest = manifestOf(`acme ${round}`);
          const raced = { key: namespaceKey(manifest), manifest, stores, round, start };
          const checkRound: typeof check = (holds, seen, foreign) =>
            check(holds, () => `Round ${round}: ${seen()}`, foreign);
          const handles = await createAtOnce(raced, checkRound);
          await dropAtOnce(raced, handles, checkRound);
        },
        atOnce,
      );
    },
  },
  {
    id: "aborted-drops-can-be-finished",
    claim:
      "A drop that is aborted while it runs says so, or has done everything; the next one does the rest of it.",
    level: "isolation",
    layer: "store",
    async run({ check, store, second, ...context }) {
      const other = await second();
      const enough = new Error("enough");
      for (let round = 0; round < 9 * context.effort; round++) {
        const manifest = manifestOf(`acme ${round}`);
        const key = namespaceKey(manifest);
        const namespace = await store.open({ key, create: manifest });
        await namespace.upsert({ records: ["one", "two"].map((id) => recordOf(key, id, { id })) });
        const controller = new AbortController();
        const drop = store.drop({ key, signal: controller.signal }).then(
          ({ dropped }) => `answered that it had ${dropped ? "" : "not "}dropped`,
          (error: unknown) => (error === enough ? "rejected" : `failed with ${error}`),
        );
        // From before its first step to after its last, for most backends.
        if (round % 3 > 0) await new Promise((resolve) => setTimeout(resolve, 2 ** ((round % 9) / 2) / 4));
        else for (let turn = 0; turn < round; turn++) await undefined;
        controller.abort(enough);
        const ended = await drop;
        check(
          ended === "rejected" || ended === "answered that it had dropped",
          () => `A drop that was aborted while it ran ${ended}.`,
          false,
        );
        const isThere = await isOpen(other, key);
        check(
          ended === "rejected" || !isThere,
          () => `A drop that was aborted while it ran ${ended}, and the namespace is still there.`,
        );
        await other.drop({ key });
        const left = (await other.leftovers?.({ key })) ?? [];
        check(
          left.length === 0 && !(await isOpen(store, key)),
          () =>
            `After an aborted drop and a whole one there is still ${left.join(" and ") || "the namespace"}.`,
        );
      }
    },
  },
];

async function isOpen(store: VectorStore, key: NamespaceKey): Promise<boolean> {
  return store.open({ key }).then(
    () => true,
    () => false,
  );
}

/** What is wrong with how a call ended while its namespace was being dropped; what may be repeated is not. */
async function problemOf(call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (NamespaceNotFoundError.isInstance(error) || isRetryable(error)) return undefined;
    return `failed with ${error}, which is neither NAMESPACE_NOT_FOUND nor to be repeated: a driver's classify() says "missing" or "unavailable"`;
  }
}

type Stores = readonly [VectorStore, VectorStore];

/** The namespace of one round. */
interface Raced {
  readonly key: NamespaceKey;
  readonly manifest: Manifest;
  readonly stores: Stores;
  readonly round: number;
  readonly start: Start;
}

/**
 * Creates namespaces by both stores, two after each other, at moments that come closer to each other: what two stores do within
 * microseconds, starts that are drawn seldom hit.
 */
async function createInPairs(stores: Stores, effort: number, check: Check): Promise<void> {
  const aim = new Aim();
  const budget = new Budget(pairs.milliseconds * effort);
  for (let pair = 0; pair < pairs.most * effort; pair++) {
    if (pair >= pairs.least * effort && !budget.allows()) return;
    const both = [`acme ${pair}, first`, `acme ${pair}, then`].map((orgId) => manifestOf(orgId));
    const delays = aim.delays;
    const opened = await Promise.all(
      stores.map(async (store, at) => {
        await waitBriefly(delays[at] ?? 0);
        const creating = both.map((manifest) =>
          repeated(() =>
            store.open({ key: namespaceKey(manifest), create: { ...manifest, createdAt: at + 1 } }),
          ),
        );
        return (await Promise.all(creating)).map(({ answer }) => answer.manifest.createdAt);
      }),
    );
    const [own = [], others = []] = opened;
    check(
      same(own.map(String), others.map(String)),
      () =>
        `Pair ${pair}: creators at the same moment got manifests of ${own.join(" and ")}, and of ${others.join(" and ")}.`,
    );
    aim.learn(own.filter((createdAt) => createdAt === 1).length);
  }
}

/** Creates a namespace several times at once, and writes a record by each handle. */
async function createAtOnce(
  { key, manifest, stores, round, start }: Raced,
  check: Check,
): Promise<readonly [Namespace, Namespace]> {
  // One in each process, and in some rounds two.
  const creators = round % 3 === 0 ? [0, 1, 0, 1] : [0, 1];
  const opened = await Promise.all(
    creators.map((store, at) =>
      start(async () => {
        const create = { ...manifest, createdAt: at + 1 };
        const { answer: namespace } = await repeated(() =>
          (stores[store] as VectorStore).open({ key, create }),
        );
        await repeated(() => namespace.upsert({ records: [recordOf(key, `of ${at}`)] }));
        return namespace;
      }),
    ),
  );
  const manifests = new Set(opened.map((one) => surfaceText(Object.entries(one.manifest).sort())));
  check(
    manifests.size === 1,
    () => `creators at once got ${manifests.size} manifests: ${[...manifests].join(" ")}`,
  );
  for (const namespace of opened) {
    const texts = textsOf(await listAll(namespace, everything));
    const written = creators.map((_, at) => `of ${at}`);
    check(
      same(texts, written),
      () =>
        `${creators.length} creators at once wrote a record each, and one of them sees ${texts.join(", ") || "none"}.`,
      isMore(texts, written),
    );
  }
  return [opened[0] as Namespace, opened[1] as Namespace];
}

/** Drops a namespace, twice at once in some rounds, while others use it. */
async function dropAtOnce(
  { key, manifest, stores, round, start }: Raced,
  [first, other]: readonly [Namespace, Namespace],
  check: Check,
): Promise<void> {
  const versions = (await listAll(other, everything)).slice(1);
  const calls: Record<string, () => Promise<unknown>> = {
    upsert: () => other.upsert({ records: [recordOf(key, "late")] }),
    "another upsert": () => first.upsert({ records: [recordOf(key, "of 0")] }),
    list: () => other.list({ scope: everything, limit: 10 }),
    "delete by version": () => other.delete({ versions, scope: everything }),
  };
  const droppers = round % 3 === 0 ? stores : [stores[round % 2] as VectorStore];
  const [problems, reports] = await Promise.all([
    Promise.all(
      Object.entries(calls).map(async ([way, call]) => [way, await problemOf(() => start(call))] as const),
    ),
    Promise.all(droppers.map((store) => start(() => repeated(() => store.drop({ key }))))),
  ]);
  for (const [way, problem] of problems)
    check(problem === undefined, () => `${way} during a drop ${problem}.`, false);
  // One that was repeated may have dropped it the first time.
  check(
    reports.some(({ answer, attempts }) => answer.dropped || attempts > 1),
    () => "nobody was told of having dropped what was there.",
  );
  for (const store of stores) {
    const seen = await store.open({ key }).then(
      async (namespace) => `has ${idsOf(await listAll(namespace, everything)).join(", ") || "no record"}`,
      (error: unknown) => (NamespaceNotFoundError.isInstance(error) ? "gone" : `failed with ${error}`),
    );
    check(seen === "gone", () => `a namespace that was dropped among writes ${seen}.`);
    const left = (await store.leftovers?.({ key })) ?? [];
    check(left.length === 0, () => `after the drop the backend lists ${left.join(" and ")}.`);
  }
  if (round % 10 > 0) return;
  const create = { ...manifest, createdAt: 9 };
  const { answer: again } = await repeated(() => (stores[round % 2] as VectorStore).open({ key, create }));
  const ids = idsOf(await listAll(again, everything));
  check(ids.length === 0, () => `made again, the namespace has ${ids.join(", ")}.`);
  await repeated(() => stores[0].drop({ key }));
}
