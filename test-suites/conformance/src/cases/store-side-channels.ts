import type { ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  openOrganization,
  placementAt,
  queryWeights,
  recordOf,
  same,
  textOf,
  textsOf,
  vectorOf,
  visibleFrom,
} from "../fixtures.ts";
import { Canaries } from "../oracles/canary.ts";
import { interference } from "../oracles/non-interference.ts";
import { outcomeOf } from "../oracles/outcome.ts";

/** What one organization or user cannot feel of another, in the bare store: scores, counts, errors. */
export const storeSideChannels: readonly ConformanceCase[] = [
  {
    id: "scores-do-not-depend-on-other-namespaces",
    claim: "Results, their order and their scores are the same whatever other organizations store.",
    level: "isolation",
    layer: "store",
    async run({ another, check }) {
      const observe = async (withRival: boolean) => {
        const { store } = await another();
        const acme = await openOrganization(store, "acme");
        const texts = ["red car", "blue car fast", "fast train", "green boat"];
        await acme.namespace.upsert({
          records: texts.map((text, index) => ({
            ...recordOf(acme.key, text),
            fields: { ...recordOf(acme.key, text).fields, $createdAt: index },
          })),
        });
        if (withRival) {
          const rival = await openOrganization(store, "rival");
          await rival.namespace.upsert({
            records: Array.from({ length: 60 }, (_, index) => recordOf(rival.key, `red fast car ${index}`)),
          });
        }
        const query = { scope: everything, limit: 10 };
        const hits = [
          ...(await acme.namespace.search({ ...query, vector: vectorOf("red fast") })),
          ...((await acme.namespace.searchText?.({
            ...query,
            terms: ["red", "fast", "car"],
            weights: queryWeights,
          })) ?? []),
        ];
        return hits.map(({ record, score }) => `${textOf(record)} ${score.toFixed(6)}`);
      };
      const difference = await interference(observe);
      check(
        difference === undefined,
        () => `alone: ${difference?.alone}; beside another organization: ${difference?.besideOthers}`,
      );
    },
  },
  {
    id: "statistics-are-shared-as-declared",
    claim:
      "Keyword scores depend on the texts of others in the organization only where the store declares so, and results never do.",
    level: "isolation",
    layer: "store",
    async run({ another, check }) {
      const observe = async (withBob: boolean) => {
        const { store } = await another();
        const { key, namespace } = await openOrganization(store, "acme");
        const alice = placementAt("alice");
        await namespace.upsert({
          records: ["red car", "fast train", "blue car"].map((text) =>
            recordOf(key, text, { scopeKey: alice }),
          ),
        });
        if (withBob)
          await namespace.upsert({
            records: Array.from({ length: 40 }, (_, index) =>
              recordOf(key, `red car ${index}`, { scopeKey: placementAt("bob") }),
            ),
          });
        const hits =
          (await namespace.searchText?.({
            scope: visibleFrom(alice),
            terms: ["red", "car"],
            weights: queryWeights,
            limit: 10,
          })) ?? [];
        return { declared: store.capabilities.scoreIsolation, hits };
      };
      const [alone, beside] = [await observe(false), await observe(true)];
      const found = ({ hits }: typeof alone) => textsOf(hits.map(({ record }) => record));
      check(
        same(found(alone), found(beside)),
        () => `alice alone found ${found(alone).join(", ")}; beside bob ${found(beside).join(", ")}`,
      );
      const scores = ({ hits }: typeof alone) => hits.map(({ score }) => score.toFixed(6)).join(", ");
      check(
        alone.declared === "organization" || scores(alone) === scores(beside),
        () =>
          `The store declares scores of the scope alone, but alice's are ${scores(alone)}, and beside bob ${scores(beside)}.`,
      );
    },
  },
  {
    id: "counts-do-not-depend-on-other-namespaces",
    claim: "Counts, deletions and pages say nothing about how much other organizations have.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const acme = await openOrganization(store, "acme");
      const rival = await openOrganization(store, "rival");
      await rival.namespace.upsert({
        records: Array.from({ length: 30 }, (_, index) => recordOf(rival.key, `rival ${index}`)),
      });
      await acme.namespace.upsert({
        records: Array.from({ length: 5 }, (_, index) => recordOf(acme.key, `acme ${index}`)),
      });
      const count = await acme.namespace.count({ scope: everything });
      check(count === 5, () => `acme has 5 records and counted ${count}.`, count > 5);
      const page = await acme.namespace.list({ scope: everything, limit: 5 });
      check(
        page.records.length === 5 && page.cursor === undefined,
        () =>
          `acme's only page has ${page.records.length} records and ${page.cursor === undefined ? "no" : "a"} cursor.`,
        page.records.length > 5,
      );
      const deleted = await acme.namespace.delete({ scope: everything });
      check(deleted === 5, () => `acme deleted its 5 records and was told ${deleted}.`, deleted > 5);
    },
  },
  {
    id: "errors-carry-nothing-foreign",
    claim: "No error that one organization can cause contains anything of another.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const canaries = new Canaries();
      const rival = await openOrganization(store, "rival");
      const canary = canaries.make("rival");
      await rival.namespace.upsert({
        records: [
          recordOf(rival.key, canary.text, {
            id: `id-${canary.text}`,
            fields: { [canary.text]: canary.text },
          }),
        ],
      });
      const acme = await openOrganization(store, "acme");
      const attempts: Record<string, () => Promise<unknown>> = {
        "a vector of another width": () =>
          acme.namespace.search({ vector: Float32Array.of(1, 0), scope: everything, limit: 3 }),
        "a broken cursor": () => acme.namespace.list({ scope: everything, limit: 3, cursor: "broken" }),
        "an id that exists elsewhere": () =>
          acme.namespace.get({ ids: [`id-${canary.text}`.replace(canary.text, "x")], scope: everything }),
        "a dropped namespace": async () => {
          await store.drop({ key: acme.key });
          return acme.namespace.count({ scope: everything });
        },
        "a namespace that never was": async () =>
          store
            .open({ key: (await openOrganization(store, "beta")).key })
            .then(() => store.drop({ key: acme.key }))
            .then(() => store.open({ key: acme.key })),
      };
      for (const [attempt, call] of Object.entries(attempts)) {
        const outcome = await outcomeOf(call);
        const leaked = canaries.foundIn(outcome);
        check(
          leaked.length === 0,
          () =>
            `acme caused ${attempt}, and the answer names what ${leaked[0]?.writer} wrote: ${outcome.slice(0, 300)}`,
        );
      }
    },
  },
];
