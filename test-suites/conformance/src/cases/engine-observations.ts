import type { Memory, Scope } from "@loci/core";
import type { ConformanceCase } from "../conformance-case.ts";
import { absentId, covers, nameOfScope, textsOfItems } from "../engine-fixtures.ts";
import { Canaries } from "../oracles/canary.ts";
import { interference } from "../oracles/non-interference.ts";
import { outcomeOf } from "../oracles/outcome.ts";

/** What callers of the memory, and the models behind it, cannot observe of others. */
export const engineObservations: readonly ConformanceCase[] = [
  {
    id: "concurrent-callers-keep-their-scope",
    claim:
      "Callers at once on one memory, whichever ends first, each write at and read from their own scope.",
    level: "isolation",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      const scopes: Scope[] = ["acme", "rival"].flatMap((orgId) => [
        { orgId },
        { orgId, userId: "alice" },
        { orgId, userId: "bob" },
      ]);
      for (let round = 0; round < 4; round++) {
        const order = round % 2 ? scopes : scopes.toReversed();
        await Promise.all(order.map((scope) => memory.add(`common ${round} ${nameOfScope(scope)}`, scope)));
        const answers = await Promise.all(
          order.map(async (scope) => {
            const [found, all] = await Promise.all([
              memory.search("common", { ...scope, limit: 100 }),
              memory.list({ ...scope, levels: "own" }),
            ]);
            return { scope, found, own: all.memories };
          }),
        );
        for (const { scope, found, own } of answers) {
          const foreign = found.filter(
            (item) =>
              !covers(item.scope as Scope, scope) ||
              item.scope.orgId !== scope.orgId ||
              !item.text.includes(` ${item.scope.orgId}/`),
          );
          check(
            foreign.length === 0,
            () =>
              `${nameOfScope(scope)}, among concurrent callers, found: ${textsOfItems(foreign).join(", ")}`,
          );
          check(
            own.length === round + 1 && own.every(({ text }) => text.endsWith(nameOfScope(scope))),
            () =>
              `${nameOfScope(scope)} wrote ${round + 1} memories among concurrent callers, and has: ${textsOfItems(own).join(", ")}`,
            own.some(({ text }) => !text.endsWith(nameOfScope(scope))),
          );
        }
      }
    },
  },
  {
    id: "nothing-observed-depends-on-others",
    claim:
      "All that an organization observes, with results, order, scores, ids, cursors and errors, is the same whatever others do.",
    level: "isolation",
    layer: "engine",
    async run({ another, check }) {
      const observe = async (withRival: boolean) => {
        const { memory: make } = await another();
        const memory = make();
        const acme = { orgId: "acme", userId: "alice" };
        const disturb = async (step: () => Promise<unknown>) =>
          withRival ? step().catch(() => undefined) : undefined;
        await disturb(() =>
          memory.add(["the red car", "a fast red car", "red"], { orgId: "rival", userId: "alice" }),
        );
        const outcomes = [
          await outcomeOf(async () => (await memory.add(["the red car", "a fast train"], acme)).results),
        ];
        await disturb(() => memory.organization("rival").offboard());
        await disturb(() => memory.add(["the red car"], { orgId: "beta" }));
        const ids = (await memory.list(acme)).memories.map(({ id }) => id);
        for (const call of [
          () => memory.search("a fast red car", { ...acme, explain: true }),
          () => memory.list({ ...acme, limit: 1 }),
          () => memory.history(ids[0] ?? "", acme),
          () => memory.update(absentId, { text: "x" }, acme),
          () => memory.list({ ...acme, cursor: "broken" }),
          () => memory.deleteAll(acme),
        ]) {
          outcomes.push(await outcomeOf(call));
        }
        // Times are the clock's, and no cursor can be compared that carries one.
        return outcomes.map((outcome) =>
          outcome
            .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
            .replaceAll(/"cursor":"[^"]*"/g, '"cursor":"…"'),
        );
      };
      const difference = await interference(observe);
      check(
        difference === undefined,
        () =>
          `alone: ${difference?.alone.slice(0, 300)}; beside others: ${difference?.besideOthers.slice(0, 300)}`,
      );
    },
  },
  {
    id: "models-get-one-scope-at-a-time",
    claim:
      "Embedder and language model get texts of the scope that is written or asked, and no other's, also under concurrency.",
    level: "isolation",
    layer: "engine",
    async run({ another, check }) {
      const canaries = new Canaries();
      const calls: (readonly string[])[] = [];
      const prompts: (readonly string[])[] = [];
      const { memory: make } = await another();
      const memory: Memory = make({
        embedder: {
          specVersion: 1,
          id: "tap",
          maxBatch: 100,
          // So that it is not asked for texts of nobody, to measure it.
          scatter: { mean: 0, deviation: 0.1 },
          describe: async () => ({ id: "tap", dimensions: 2 }),
          async embed(given) {
            calls.push(given);
            await new Promise((resolve) => setTimeout(resolve, 1));
            return given.map((text) => Float32Array.of(1, text.length / 1000));
          },
        },
        languageModel: {
          specVersion: 1,
          id: "tap",
          describe: async () => ({ contextTokens: 8192 }),
          async generate({ messages }) {
            prompts.push(messages.map(({ content }) => content));
            await new Promise((resolve) => setTimeout(resolve, 1));
            return { object: { facts: [], removes: [] }, usage: { inputTokens: 1, outputTokens: 1 } };
          },
        },
      });
      const scopes: Scope[] = ["acme", "rival"].flatMap((orgId) => [
        { orgId, userId: "alice" },
        { orgId, userId: "bob" },
      ]);
      const messages = (scope: Scope) =>
        [0, 1, 2].map((turn) => ({
          role: "user" as const,
          content: `${canaries.make(nameOfScope(scope)).text} ${turn}`,
        }));
      for (let round = 0; round < 3; round++) {
        await Promise.all(scopes.map((scope) => memory.add(messages(scope), { ...scope, infer: false })));
        // What was stored is near to this, and offered to the model.
        await Promise.all(scopes.map((scope) => memory.add(messages(scope), scope)));
      }
      for (const [model, seen, least] of [
        ["embedder", calls, 24],
        ["language model", prompts, 12],
      ] as const) {
        check(seen.length >= least, () => `The ${model} was called ${seen.length} times.`);
        for (const call of seen) {
          const writers = new Set(canaries.foundIn(call).map(({ writer }) => writer));
          check(
            writers.size === 1,
            () => `One call of the ${model} had texts of ${[...writers].join(" and ")}.`,
          );
        }
      }
    },
  },
];
