import { LociError } from "@loci/core";
import {
  type Manifest,
  type Namespace,
  type NamespaceKey,
  NamespaceNotFoundError,
  type VectorStore,
} from "@loci/core/store";
import type { CaseContext, ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  expecting,
  isMore,
  listAll,
  manifestOf,
  openOrganization,
  placementAt,
  queryWeights,
  readOne,
  recordOf,
  same,
  textsOf,
  vectorOf,
} from "../fixtures.ts";
import { neighbourKeys } from "../neighbour-keys.ts";
import { Canaries, surfaceText } from "../oracles/canary.ts";
import { steadyDifference } from "../oracles/steady-words.ts";

/** What the names of namespaces keep apart, and what errors and cursors tell of them, in the bare store. */
export const storeNames: readonly ConformanceCase[] = [
  {
    id: "keys-are-compared-whole",
    claim: "Namespaces whose keys differ in one character, wherever it is, have nothing in common.",
    level: "isolation",
    layer: "store",
    async run({ store, second, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const stores = [store, await second()];
      await namespace.upsert({ records: [recordOf(key, "of acme", { id: "one" })] });
      const neighbours = neighbourKeys(key);
      for (const [at, neighbour] of neighbours.entries()) {
        const seen = await (stores[at % 2] as VectorStore).open({ key: neighbour }).then(
          async (opened) =>
            `opened ${textsOf(await listAll(opened, everything)).join(", ") || "an empty one"}`,
          (error: unknown) => (NamespaceNotFoundError.isInstance(error) ? "refused" : `failed with ${error}`),
        );
        check(seen === "refused", () => `A key that differs from acme's in character ${at + 4} ${seen}.`);
        const left = at % 10 > 0 ? [] : ((await store.leftovers?.({ key: neighbour })) ?? []);
        check(
          left.length === 0,
          () => `Under a key that differs from acme's in character ${at + 4} lies ${left.join(", ")}.`,
        );
      }
      // Of those at both ends and in the middle there are namespaces, each with a record of the same id.
      const made = await Promise.all(
        [0, 1, 5, 26, 50, 51].map(async (at) => {
          const create = { ...manifestOf("neighbour"), createdAt: at };
          const own = neighbours[at] as NamespaceKey;
          return { at, own, create, opened: await store.open({ key: own, create }) };
        }),
      );
      for (const { at, own, create, opened } of made) {
        check(
          opened.manifest.createdAt === create.createdAt,
          () =>
            `A namespace made under a key that differs in character ${at + 4} has the manifest of another one.`,
        );
        await opened.upsert({ records: [recordOf(own, `of ${at}`, { id: "one" })] });
      }
      const all = [
        { name: "acme", opened: namespace },
        ...made.map(({ at, opened }) => ({ name: String(at), opened })),
      ];
      for (const { name, opened } of all) {
        const texts = textsOf(await listAll(opened, everything));
        check(
          same(texts, [`of ${name}`]),
          () => `Among neighbours of its key, ${name} has ${texts.join(", ") || "nothing"}.`,
          isMore(texts, [`of ${name}`]),
        );
      }
      await made[3]?.opened.delete({ scope: everything });
      await store.drop({ key });
      const left = await Promise.all(made.map(({ opened }) => listAll(opened, everything)));
      const texts = textsOf(left.flat());
      check(
        same(texts, ["of 0", "of 1", "of 5", "of 50", "of 51"]),
        () =>
          `After one neighbour of acme's key was emptied, and acme dropped, the others have: ${texts.join(", ")}`,
      );
    },
  },
  {
    id: "nothing-told-names-neighbours",
    claim: "No error, cursor, version or report names another organization, its key, its ids or its texts.",
    level: "isolation",
    layer: "store",
    async run({ store, second, check }) {
      const canaries = new Canaries();
      for (let at = 0; at < 3; at++) {
        const { text: orgId } = canaries.make("a neighbour's id");
        const { key, namespace } = await openOrganization(store, orgId);
        canaries.add("a neighbour's key", key);
        // Names are told in part, too.
        canaries.add("the beginning of a neighbour's key", key.slice(0, 15));
        canaries.add("the end of a neighbour's key", key.slice(-15));
        const { text } = canaries.make("a neighbour's record");
        await namespace.upsert({
          records: [
            recordOf(key, text, { id: `id-${text}`, fields: { [text]: text }, scopeKey: placementAt(text) }),
            recordOf(key, `${text} too`, { id: "one" }),
          ],
        });
      }
      const [gone, other] = [canaries.make("a dropped neighbour's id"), canaries.make("a neighbour's id")];
      await store.drop({ key: (await openOrganization(store, gone.text)).key });
      const { key, namespace } = await openOrganization(store, other.text);
      await namespace.upsert({ records: ["n1", "n2", "n3"].map((text) => recordOf(key, text)) });
      const { cursor = "" } = await namespace.list({ scope: everything, limit: 1 });
      const acme = await openOrganization(store, "acme");
      // The error may say which cursor it means.
      const withoutCursor = (told: unknown) =>
        surfaceText(told).replaceAll(JSON.stringify(cursor).slice(1, -1), "");
      const strange = acme.namespace
        .list({ scope: everything, limit: 2, cursor })
        .catch((error: unknown) => error);
      for (const [way, told] of [
        ["a cursor of a neighbour", withoutCursor(await strange)] as const,
        ...(await provoke(store, await second())),
      ]) {
        const [leaked] = canaries.foundIn(told);
        check(
          leaked === undefined,
          () =>
            `acme caused ${way}, and what it was told has ${leaked?.writer}, ${leaked?.text}: ${surfaceText(told).slice(0, 400)}`,
        );
      }
    },
  },
  {
    id: "nothing-told-counts-neighbours",
    claim:
      "No error, cursor, version or report depends on how many other organizations there are, and what they hold.",
    level: "isolation",
    layer: "store",
    async run({ another, check }) {
      const observe = async (neighbours: number) => {
        const context = await another();
        for (let at = 0; at < neighbours; at++) {
          const { key, namespace } = await openOrganization(context.store, `neighbour ${at}`);
          const records = Array.from({ length: 7 + at }, (_, index) => recordOf(key, `n${index}`));
          await namespace.upsert({ records });
        }
        return observeAlike(context);
      };
      const compare = async () => {
        const [alone, again, beside] = [await observe(0), await observe(0), await observe(3)];
        const seen = steadyDifference(alone.map(saidOf), again.map(saidOf), beside.map(saidOf));
        return seen && { ...seen, way: alone[seen.at]?.[0] };
      };
      // What others cause is there each time; an error that depends on who was faster is not.
      let difference = await compare();
      for (let again = 0; difference && again < 3; again++)
        if ((await compare())?.way !== difference.way) difference = undefined;
      check(
        difference === undefined,
        () =>
          `acme caused ${difference?.way}: alone it was told ${difference?.alone.slice(0, 300)}, and beside three others ${difference?.besideOthers.slice(0, 300)}`,
      );
    },
  },
];

/** What a call came to. */
type Told = { readonly value: unknown } | { readonly error: unknown };

/**
 * What is said to whoever reads it. What clients hang on the causes of errors, such as the number of a request, is about the process
 * and not about the backend.
 */
function saidOf([, told]: readonly [string, Told]): string {
  return surfaceText("error" in told ? sayings(told.error) : told.value);
}

function sayings(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, cause } = error;
  const fields = LociError.isInstance(error) ? { ...error, cause: undefined } : {};
  return { ...fields, name, message, cause: cause === undefined ? undefined : sayings(cause) };
}

async function observeAlike({ store, second }: Pick<CaseContext, "store" | "second">) {
  return provoke(store, await second());
}

/** Everything that acme can be told, by how it causes that: errors of each kind, cursors, versions, reports. */
async function provoke(
  store: VectorStore,
  second: VectorStore,
): Promise<readonly (readonly [way: string, told: Told])[]> {
  const { key, manifest, namespace } = await openOrganization(store, "acme");
  const query = { scope: everything, limit: 2 };
  const records = Array.from({ length: 5 }, (_, index) => {
    const record = recordOf(key, `acme ${index}`, { id: index === 0 ? "one" : `id-${index}` });
    return { ...record, fields: { ...record.fields, $createdAt: index } };
  });
  await namespace.upsert({ records });
  const signal = AbortSignal.abort(new Error("enough"));
  const page = await namespace.list(query);
  const stale = await readOne(namespace, "one");
  await namespace.upsert({ records: records.slice(0, 1) });
  const [neighbour = key] = neighbourKeys(key);
  const calls: Record<string, () => Promise<unknown>> = {
    "a page and its cursor": async () => page,
    "the next page": () => namespace.list({ ...query, ...(page.cursor ? { cursor: page.cursor } : {}) }),
    "a version": () => readOne(namespace, "one"),
    "a broken cursor": () => namespace.list({ ...query, cursor: "broken" }),
    "a cut cursor": () => namespace.list({ ...query, cursor: page.cursor?.slice(0, -1) ?? "" }),
    "a changed cursor": () => namespace.list({ ...query, cursor: `${page.cursor}0` }),
    "an empty cursor": () => namespace.list({ ...query, cursor: "" }),
    "a search by a vector of another width": () =>
      namespace.search({ ...query, vector: Float32Array.of(1, 0) }),
    "a record with a vector of another width": () =>
      namespace.upsert({ records: [recordOf(key, "wide", { vector: Float32Array.of(1, 0) })] }),
    "a conflict": () =>
      namespace.upsert({
        records: [expecting({ version: stale.version }, recordOf(key, "late", { id: "one" }))],
      }),
    "an impossible version": () =>
      namespace.upsert({ records: [expecting({ version: "x" }, recordOf(key, "late", { id: "one" }))] }),
    "an id that neighbours have": () => namespace.get({ ids: ["one", "id-none"], scope: everything }),
    "a search for words": async () =>
      namespace.searchText?.({ ...query, terms: ["none", "n1"], weights: queryWeights }),
    "a search": () => namespace.search({ ...query, vector: vectorOf("n1") }),
    "a forged reach": () => namespace.count({ scope: {} as never }),
    "no reach": () => namespace.delete({} as never),
    "an aborted call": () => namespace.list({ ...query, signal }),
    "an aborted open": () => store.open({ key, signal }),
    "a key that nobody has": () => store.open({ key: neighbour }),
    "a key that is none": () => store.open({ key: `${key.slice(0, 20)}*` as never }),
    "no key": () => store.open({} as never),
    "the drop of a key that nobody has": () => store.drop({ key: neighbour }),
    "the drop of a pattern": () => store.drop({ key: "m1_*" as never }),
    "what is left under a key that nobody has": async () => store.leftovers?.({ key: neighbour }),
    "what is left of deletions": async () => namespace.residue?.({}),
    "another's creation of what is there": async () =>
      (await store.open({ key, create: manifestOf("claimed") as Manifest })).manifest,
    "a deletion": () => namespace.delete({ ids: ["one"], scope: everything }),
    ...handleOf(namespace, store, key, manifest),
    "a closed store": async () => {
      if (second === store) return undefined;
      await second.close();
      return second.open({ key: neighbour });
    },
  };
  const told: [string, Told][] = [];
  for (const [way, call] of Object.entries(calls)) {
    const outcome = call().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    told.push([way, await outcome]);
  }
  return told;
}

/** What is told by a drop, and after it. */
function handleOf(
  namespace: Namespace,
  store: VectorStore,
  key: NamespaceKey,
  manifest: Manifest,
): Record<string, () => Promise<unknown>> {
  return {
    "a drop": () => store.drop({ key }),
    "a second drop": () => store.drop({ key }),
    "a count after a drop": () => namespace.count({ scope: everything }),
    "a write after a drop": () => namespace.upsert({ records: [recordOf(key, "late")] }),
    "an open after a drop": () => store.open({ key }),
    "what is left after a drop": async () => surfaceText((await store.leftovers?.({ key })) ?? []),
    "a creation after a drop": async () =>
      (await store.open({ key, create: { ...manifest, createdAt: 5 } })).manifest,
  };
}
