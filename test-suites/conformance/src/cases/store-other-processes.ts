import type { Namespace, StoredRecord, VectorStore } from "@loci/core/store";
import { NamespaceNotFoundError } from "@loci/core/store";
import type { ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  expecting,
  isMore,
  listAll,
  placementAt,
  queryWeights,
  readOne,
  recordOf,
  same,
  textsOf,
  vectorOf,
  visibleFrom,
} from "../fixtures.ts";
import { outcomeOf } from "../oracles/outcome.ts";
import { twoHandles } from "../two-handles.ts";

const alice = placementAt("alice");
const within = visibleFrom(alice, "within");
const ids = ["one", "two", "three", "four"];
/** All records have this word, and each the words of its text. */
const word = "common";

/** What a handle that is open sees of what another process does meanwhile, in the bare store. */
export const storeOtherProcesses: readonly ConformanceCase[] = [
  {
    id: "open-handles-see-what-others-change",
    claim:
      "What another process writes, replaces and deletes is what a handle that was open before sees, by every way of reading.",
    level: "isolation",
    layer: "store",
    async run({ check, ...context }) {
      const { key, namespaces } = await twoHandles(context);
      for (const [reader, writer] of [
        [0, 1],
        [1, 0],
      ] as const) {
        const expected = new Map<string, string>();
        const [own, other] = [namespaces[reader], namespaces[writer]];
        const write = async (texts: Readonly<Record<string, string>>) => {
          const records = Object.entries(texts).map(([id, text]) =>
            recordOf(key, `${word} ${text}`, { id, scopeKey: alice, fields: { text } }),
          );
          await other.upsert({ records });
          for (const [id, text] of Object.entries(texts)) expected.set(id, text);
        };
        const erase = async (request: object, ...gone: string[]) => {
          await other.delete({ scope: within, ...request } as never);
          for (const id of gone) expected.delete(id);
        };
        const filter = { type: "in", field: "text", values: ["swift"], negated: false } as const;
        // The reader writes nothing between these: what it keeps of an earlier answer stays wrong until it does.
        const changes: Readonly<Record<string, () => Promise<unknown>>> = {
          "had written nothing": async () => {},
          "wrote three": () => write({ one: "red", two: "green", three: "blue" }),
          "replaced one of three": () => write({ one: "swift" }),
          "wrote a fourth": () => write({ four: "white" }),
          "deleted one by its id": () => erase({ ids: ["two"] }, "two"),
          "deleted one by its version": async () =>
            erase({ versions: [await readOne(other, "four")] }, "four"),
          "deleted one by a filter": () => erase({ filter }, "one"),
          "wrote one again": () => write({ one: "grey" }),
          "deleted all": () => erase({}, "one", "three"),
          "wrote again": () => write({ three: "black" }),
          "deleted all again": () => erase({}, "three"),
        };
        for (const [change, apply] of Object.entries(changes)) {
          await apply();
          for (const [way, wanted, seen] of await lookAll(own, expected))
            check(
              same(seen, wanted),
              () =>
                `After another process ${change}, a handle that was open before should see ${named(wanted)} by ${way}, and saw ${named(seen)}.`,
              isMore(seen, wanted),
            );
        }
      }
    },
  },
  {
    id: "handles-end-with-their-namespace",
    claim:
      "A handle refuses every call once any process has dropped its namespace, also where one was made again under its name.",
    level: "isolation",
    layer: "store",
    async run({ check, ...context }) {
      const { key, manifest, stores, namespaces } = await twoHandles(context);
      const record = (text: string) => recordOf(key, text, { scopeKey: alice });
      let handles: Namespace[] = [...namespaces];
      for (const [generation, dropper] of stores.entries()) {
        await handles[0]?.upsert({ records: ["old", "older", "oldest"].map(record) });
        const old: [Namespace, StoredRecord, string | undefined][] = [];
        for (const handle of handles) {
          const page = await handle.list({ scope: everything, limit: 1 });
          old.push([handle, page.records[0] as StoredRecord, page.cursor]);
        }
        const refused = async (when: string) => {
          for (const [handle, read, cursor] of old)
            for (const [way, call] of Object.entries(callsOf(handle, read, cursor, record))) {
              const seen = await refusalOf(call);
              check(
                seen === undefined,
                () => `A handle that was open before ${when}: ${way} ${seen?.instead}.`,
                seen?.isAnswer,
              );
            }
        };
        await dropper.drop({ key });
        await refused("its namespace was dropped");
        for (const store of stores) {
          const seen = await refusalOf(() => store.open({ key }));
          check(
            seen === undefined,
            () => `Opening what another process has dropped ${seen?.instead}.`,
            seen?.isAnswer,
          );
          const left = (await store.leftovers?.({ key })) ?? [];
          check(left.length === 0, () => `After the drop the backend still lists ${left.join(" and ")}.`);
        }
        // Nothing is made twice in the same moment.
        const create = { ...manifest, createdAt: 2 + generation };
        const [maker, other] = generation % 2 ? stores.toReversed() : stores;
        handles = [await (maker as VectorStore).open({ key, create })];
        // The other one was told a moment ago that there is none.
        const found = await (other as VectorStore).open({ key }).catch((error: unknown) => error);
        check(
          !(found instanceof Error),
          () => `Opening what another process has made again ended with: ${(found as Error).message}`,
          false,
        );
        handles.push(found as Namespace);
        await handles[1]?.upsert({ records: [record("new")] });
        await refused("its namespace was dropped and made again");
        for (const handle of handles) {
          const texts = textsOf(await listAll(handle, everything));
          check(
            same(texts, ["new"]),
            () => `What was made again should have its one record, and has ${named(texts)}.`,
          );
        }
      }
    },
  },
];

/** What every way of reading finds, beside what it should find. */
async function lookAll(
  namespace: Namespace,
  expected: ReadonlyMap<string, string>,
): Promise<readonly (readonly [way: string, wanted: readonly string[], seen: readonly string[]])[]> {
  const texts = [...expected.values()];
  const all = texts.map((text) => `${word} ${text}`).toSorted();
  const query = { scope: within, limit: 10 };
  const hits = (found: readonly { readonly record: StoredRecord }[]) =>
    textsOf(found.map(({ record }) => record));
  const only = (text: string) => ({ type: "in", field: "text", values: [text], negated: false }) as const;
  const whole = await namespace.get({ ids, scope: within, vectors: true });
  const looks: [string, readonly string[], readonly string[]][] = [
    ["get", all, textsOf(await namespace.get({ ids, scope: within }))],
    [
      "the vectors of get",
      all.map(vectorText),
      whole.map(({ vector }) => `${vector?.map(toTenth)}`).toSorted(),
    ],
    ["pages of a list", all, textsOf(await listAll(namespace, within, 1))],
    ["list", all, textsOf((await namespace.list(query)).records)],
    ["search", all, hits(await namespace.search({ ...query, vector: vectorOf(word) }))],
    ["count", [String(texts.length)], [String(await namespace.count({ scope: within }))]],
  ];
  for (const id of ids) {
    const text = expected.get(id);
    const wanted = text === undefined ? [] : [`${word} ${text}`];
    looks.push([`get of ${id}`, wanted, textsOf(await namespace.get({ ids: [id], scope: within }))]);
  }
  for (const text of ["red", "swift", "grey"]) {
    const wanted = texts.includes(text) ? [`${word} ${text}`] : [];
    looks.push(
      [
        `list with a filter on ${text}`,
        wanted,
        textsOf((await namespace.list({ ...query, filter: only(text) })).records),
      ],
      [
        `count with a filter on ${text}`,
        [String(wanted.length)],
        [String(await namespace.count({ scope: within, filter: only(text) }))],
      ],
    );
    const found = await namespace.searchText?.({ ...query, terms: [text], weights: queryWeights });
    if (found) looks.push([`searchText for ${text}`, wanted, hits(found)]);
  }
  const said = await namespace.searchText?.({ ...query, terms: [word], weights: queryWeights });
  if (said) looks.push(["searchText", all, hits(said)]);
  return looks.map(([way, wanted, seen]) => [way, wanted.toSorted(), seen]);
}

const toTenth = (value: number) => Math.round(value * 10);
const vectorText = (text: string) => `${vectorOf(text).map(toTenth)}`;
const named = (texts: readonly string[]) => texts.join(", ") || "nothing";

/** Every call on a handle, by name. */
function callsOf(
  handle: Namespace,
  read: StoredRecord,
  cursor: string | undefined,
  record: (text: string) => ReturnType<typeof recordOf>,
): Record<string, () => Promise<unknown>> {
  const query = { scope: everything, limit: 10 };
  return {
    list: () => handle.list(query),
    ...(cursor === undefined ? {} : { "the next page": () => handle.list({ ...query, limit: 1, cursor }) }),
    search: () => handle.search({ ...query, vector: vectorOf("old") }),
    ...(handle.searchText
      ? {
          searchText: async () =>
            handle.searchText?.({ ...query, terms: ["old", "new"], weights: queryWeights }),
        }
      : {}),
    get: () => handle.get({ ids: [read.id, "id-new"], scope: everything }),
    count: () => handle.count({ scope: everything }),
    upsert: () => handle.upsert({ records: [record("late")] }),
    "upsert by version": () =>
      handle.upsert({ records: [expecting({ version: read.version }, record("old"))] }),
    "upsert of what is absent": () => handle.upsert({ records: [expecting("absent", record("later"))] }),
    "delete by id": () => handle.delete({ ids: [read.id, "id-new"], scope: everything }),
    "delete by version": () => handle.delete({ versions: [read], scope: everything }),
    delete: () => handle.delete({ scope: everything }),
  };
}

/** Undefined where a call is refused since there is no such namespace; else what it does instead. */
async function refusalOf(
  call: () => Promise<unknown>,
): Promise<{ readonly instead: string; readonly isAnswer: boolean } | undefined> {
  try {
    const value = await call();
    return { instead: `answered ${(await outcomeOf(async () => value)).slice(0, 300)}`, isAnswer: true };
  } catch (error) {
    if (NamespaceNotFoundError.isInstance(error)) return undefined;
    return { instead: `failed with ${String(error)} instead of NAMESPACE_NOT_FOUND`, isAnswer: false };
  }
}
