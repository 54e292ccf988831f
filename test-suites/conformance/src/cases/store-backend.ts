import type { Residue } from "@loci/core/store";
import type { ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  openOrganization,
  placementAt,
  queryWeights,
  readOne,
  recordOf,
  vectorOf,
  visibleFrom,
} from "../fixtures.ts";
import { bytesProblem } from "../oracles/unchanged.ts";

const decoder = new TextDecoder("latin1");
const contains = (bytes: Uint8Array, needle: string) => decoder.decode(bytes).includes(needle);

/** What lies in the backend beneath the store, where the harness can look at it. */
export const storeBackend: readonly ConformanceCase[] = [
  {
    id: "neighbours-keep-their-bytes",
    claim: "Writing, deleting and dropping in one namespace leaves the bytes of another as they were.",
    level: "extended",
    layer: "store",
    requires: (_, { inspect }) => inspect,
    async run({ store, inspect, check }) {
      const acme = await openOrganization(store, "acme");
      const rival = await openOrganization(store, "rival");
      await rival.namespace.upsert({ records: [recordOf(rival.key, "rival")] });
      const bytesOf = async () => (await inspect()).get(rival.key);
      const before = await bytesOf();
      check((before?.length ?? 0) > 0, () => "The harness finds no bytes of a namespace that has a record.");
      const steps: Record<string, () => Promise<unknown>> = {
        writing: () =>
          acme.namespace.upsert({ records: [recordOf(acme.key, "acme"), recordOf(acme.key, "more")] }),
        deleting: () => acme.namespace.delete({ ids: ["id-acme"], scope: everything }),
        dropping: () => store.drop({ key: acme.key }),
      };
      for (const [step, run] of Object.entries(steps)) {
        await run();
        const problem = bytesProblem(before, await bytesOf());
        check(problem === undefined, () => `After ${step} in acme, of the bytes of rival ${problem}.`);
      }
    },
  },
  {
    id: "deleted-means-erased",
    claim: "What was deleted, replaced or dropped is in no byte of the backend any more.",
    level: "extended",
    layer: "store",
    requires: ({ erasure }, { inspect }) => inspect && erasure === "physical",
    async run({ store, inspect, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const holders = async (needle: string) =>
        [...(await inspect())].filter(([, bytes]) => contains(bytes, needle)).map(([name]) => name);
      // No other word begins like these, so that no index shortens them.
      const words = ["zq7deleted", "wx8replaced", "vy9cleared", "uj5dropped"];
      const [deleted = "", replaced = "", cleared = "", dropped = ""] = words;
      const filler = Array.from({ length: 30 }, (_, index) => recordOf(key, `filler ${index}`));
      await namespace.upsert({
        records: [
          ...filler,
          recordOf(key, deleted, { fields: { [deleted]: deleted } }),
          recordOf(key, replaced, { id: "one" }),
          recordOf(key, dropped),
        ],
      });
      await namespace.upsert({ records: [recordOf(key, cleared, { scopeKey: placementAt("alice") })] });
      for (const word of words)
        check(
          (await holders(word)).length > 0,
          () =>
            `The harness finds "${word}" nowhere, though it was written: it does not look at all of the backend.`,
        );
      await namespace.upsert({ records: [recordOf(key, "new words", { id: "one" })] });
      await namespace.delete({ ids: [`id-${deleted}`], scope: everything });
      await namespace.delete({ scope: visibleFrom(placementAt("alice"), "within") });
      for (const word of [deleted, replaced, cleared]) {
        const held = await holders(word);
        check(held.length === 0, () => `"${word}" is still in ${held.join(", ")}.`);
      }
      await store.drop({ key });
      const held = await holders(dropped);
      check(held.length === 0, () => `After the drop, "${dropped}" is still in ${held.join(", ")}.`);
    },
  },
  {
    id: "what-is-left-is-named",
    claim:
      "Where bytes of what was deleted, replaced or dropped are still in the backend, `residue` says so, and names the place.",
    level: "extended",
    layer: "store",
    requires: (_, { inspect }) => inspect,
    async run({ store, second, inspect, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const { namespace: reader } = await openOrganization(await second(), "acme");
      const holders = async (needle: string) =>
        [...(await inspect())].filter(([, bytes]) => contains(bytes, needle)).map(([name]) => name);
      const scopeKey = placementAt("alice");
      const filter = { type: "exists", field: "dk3filtered", negated: false } as const;
      // No other word begins like these, so that no index shortens them.
      const ways: Record<string, () => Promise<unknown>> = {
        zq7byid: () => namespace.delete({ ids: ["id-zq7byid"], scope: everything }),
        wx8replaced: () => namespace.upsert({ records: [recordOf(key, "new words", { id: "one" })] }),
        hb5byversion: async () =>
          namespace.delete({ versions: [await readOne(namespace, "id-hb5byversion")], scope: everything }),
        dk3filtered: () => namespace.delete({ filter, scope: everything }),
        vy9reached: () => namespace.delete({ scope: visibleFrom(scopeKey, "within") }),
      };
      const words = [...Object.keys(ways), "uj5dropped"];
      const filler = Array.from({ length: 30 }, (_, index) => recordOf(key, `filler ${index}`));
      await namespace.upsert({
        records: [
          ...filler,
          ...words.map((word) =>
            recordOf(key, word, {
              fields: { [word]: word },
              ...(word === "vy9reached" ? { scopeKey } : {}),
              ...(word === "wx8replaced" ? { id: "one" } : {}),
            }),
          ),
        ],
      });
      for (const word of words)
        check(
          (await holders(word)).length > 0,
          () =>
            `The harness finds "${word}" nowhere, though it was written: it does not look at all of the backend.`,
        );
      for (const [word, erase] of Object.entries(ways)) {
        // Who reads all of it meanwhile may keep a backend from cleaning up, or leave a copy.
        await reader.list({ scope: everything, limit: 100 });
        await erase();
        const residue = [...(store.capabilities.residue ?? []), ...((await namespace.residue?.({})) ?? [])];
        for (const place of await holders(word))
          check(
            place === key ? residue.length > 0 : names(residue, place),
            () => `"${word}" is still in ${place}, and ${toldOf(residue)}`,
          );
      }
      const { residue } = await store.drop({ key });
      for (const word of words)
        for (const place of await holders(word))
          check(
            names(residue, place),
            () => `After the drop, "${word}" is still in ${place}, and ${toldOf(residue)}`,
          );
    },
  },
  {
    id: "requests-name-one-namespace",
    claim:
      "Every request that leaves for one organization's call names its namespace and no other, and a query carries its reach.",
    level: "extended",
    layer: "store",
    requires: (_, { tap }) => tap,
    async run({ store, tap, check }) {
      const acme = await openOrganization(store, "acme");
      const rival = await openOrganization(store, "rival");
      for (const { key, namespace } of [acme, rival])
        await namespace.upsert({ records: [recordOf(key, "one", { scopeKey: placementAt("alice") })] });
      const { key, namespace } = acme;
      const scope = visibleFrom(placementAt("alice"), "own");
      const query = { scope, limit: 3 };
      const { searchText } = namespace;
      const writes: Record<string, () => Promise<unknown>> = {
        open: () => store.open({ key }),
        upsert: () =>
          namespace.upsert({
            records: [recordOf(key, "zq7written", { id: "id-two", scopeKey: placementAt("alice") })],
          }),
      };
      const queries: Record<string, () => Promise<unknown>> = {
        search: () => namespace.search({ ...query, vector: vectorOf("one") }),
        ...(searchText
          ? {
              searchText: () =>
                searchText.call(namespace, { ...query, terms: ["one"], weights: queryWeights }),
            }
          : {}),
        get: () => namespace.get({ ids: ["id-one"], scope }),
        list: () => namespace.list(query),
        count: () => namespace.count({ scope }),
        delete: () => namespace.delete({ ids: ["id-two"], scope }),
      };
      for (const [way, call] of Object.entries({ ...writes, ...queries })) {
        const requests = await tap(call);
        // An open namespace may be opened again without a request.
        check(
          requests.length > 0 || way === "open",
          () => `${way} sent nothing: the harness does not see all requests.`,
        );
        for (const request of requests) {
          check(
            request.includes(key),
            () => `A request of ${way} does not name the namespace: ${request.slice(0, 300)}`,
          );
          check(
            !request.includes(rival.key),
            () => `A request of ${way} names another namespace: ${request.slice(0, 300)}`,
          );
        }
        check(
          way !== "upsert" || requests.some((request) => request.includes("zq7written")),
          () =>
            "No request of upsert carries the text that it writes: the harness does not see what is sent.",
        );
        if (!(way in queries)) continue;
        check(
          requests.some((request) => request.includes("alice")),
          () => `No request of ${way} carries the reach.`,
        );
      }
    },
  },
];

/** Whether something that is left is told in words that name the place. */
function names(residue: readonly Residue[], place: string): boolean {
  return residue.some(({ where }) => where.includes(place));
}

function toldOf(residue: readonly Residue[]): string {
  return `the residue names ${residue.map(({ where }) => where).join(" and ") || "nothing"}.`;
}
