import type { Scope } from "@loci/core";
import { namespaceKey, scopeFilter } from "@loci/core/store";
import type { ConformanceCase } from "../conformance-case.ts";
import { nameOfScope } from "../engine-fixtures.ts";
import { isMore } from "../fixtures.ts";
import { Canaries } from "../oracles/canary.ts";
import { outcomeOf } from "../oracles/outcome.ts";

const writers: readonly Scope[] = [
  { orgId: "acme" },
  { orgId: "acme", userId: "alice" },
  { orgId: "acme", userId: "alice", runId: "r" },
  { orgId: "acme", userId: "bob" },
  { orgId: "rival" },
  { orgId: "rival", userId: "alice" },
];

/** That what leaves an organization, comes back or is erased is its own, and nobody else's. */
export const engineTransfers: readonly ConformanceCase[] = [
  {
    id: "exports-hold-their-scope",
    claim:
      "An export holds everything at its scope and below it, and nothing of whoever is beside or above, ids and vectors included.",
    level: "isolation",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      const canaries = new Canaries();
      for (const writer of writers) await memory.add(canaries.make(nameOfScope(writer)).text, writer);
      type Export = () => Promise<ReadableStream<Uint8Array>>;
      const alice = memory.scope({ orgId: "acme", userId: "alice" });
      const nobody = memory.scope({ orgId: "acme", userId: "nobody" });
      const exports: readonly (readonly [string, Export, readonly string[]])[] = [
        ["Acme's", () => memory.organization("acme").export(), writers.slice(0, 4).map(nameOfScope)],
        ["Rival's", () => memory.organization("rival").export(), writers.slice(4).map(nameOfScope)],
        ["alice's", () => alice.export(), writers.slice(1, 3).map(nameOfScope)],
        ["nobody's", () => nobody.export(), []],
      ];
      for (const [whose, dump, expected] of exports) {
        const found = canaries.foundIn(await new Response(await dump()).text()).map(({ writer }) => writer);
        check(
          found.sort().join() === [...expected].sort().join(),
          () =>
            `${whose} export holds memories of ${found.join(" and ") || "nobody"}, not of ${expected.join(" and ") || "nobody"}.`,
          isMore(found, expected),
        );
      }
    },
  },
  {
    id: "imports-keep-to-their-organization",
    claim:
      "A dump is imported into its own organization, or into one that is named beside it, and changes nothing of any other.",
    level: "isolation",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      const canaries = new Canaries();
      for (const writer of writers) await memory.add(canaries.make(nameOfScope(writer)).text, writer);
      const dump = await new Response(await memory.organization("acme").export()).arrayBuffer();
      const stream = () => new Blob([dump]).stream();
      const everything = async (orgId: string) =>
        JSON.stringify((await memory.list({ orgId, levels: "within", limit: 1000 })).memories);
      const [acme, rival] = [await everything("acme"), await everything("rival")];
      const outcome = await outcomeOf(() => memory.organization("rival").import(stream()));
      check(
        outcome.includes("INVALID_DUMP"),
        () => `Acme's dump, imported into Rival, was answered with ${outcome}.`,
        false,
      );
      await memory.organization("copy").import(stream(), { from: "acme" });
      check(
        (await everything("rival")) === rival,
        () => "After two imports Rival is not what it was.",
        false,
      );
      check(
        (await everything("acme")) === acme,
        () => "After its dump was imported elsewhere Acme is not what it was.",
        false,
      );
      const copied = canaries.foundIn(await everything("copy")).map(({ writer }) => writer);
      check(
        copied.sort().join() === writers.slice(0, 4).map(nameOfScope).sort().join(),
        () => `The copy of Acme holds memories of ${copied.join(" and ")}.`,
      );
    },
  },
  {
    id: "receipts-say-what-is-so",
    claim:
      "Whoever is forgotten is gone from the store when the receipt is given, and whoever is not stays as they were.",
    level: "isolation",
    layer: "engine",
    async run({ memory: make, store, check }) {
      const memory = make();
      const canaries = new Canaries();
      for (const writer of writers) await memory.add(canaries.make(nameOfScope(writer)).text, writer);
      const receipt = await memory.scope({ orgId: "acme", userId: "alice" }).forget();
      check(
        receipt.memories === 2,
        () => `The receipt is about ${receipt.memories} memories, there were 2.`,
        false,
      );
      const left: string[] = [];
      for (const orgId of ["acme", "rival"]) {
        const key = namespaceKey({ kind: "organization", deployment: "default", orgId, generation: 1 });
        const page = await (await store.open({ key })).list({ scope: scopeFilter({}, "within"), limit: 100 });
        left.push(...canaries.foundIn(page.records).map(({ writer }) => writer));
      }
      const expected = writers.filter((_, index) => index !== 1 && index !== 2).map(nameOfScope);
      check(
        left.sort().join() === expected.sort().join(),
        () => `After alice of acme was forgotten the store holds memories of ${left.join(" and ")}.`,
      );
    },
  },
];
