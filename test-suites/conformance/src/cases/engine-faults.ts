import { LociError, type Memory, type Scope, type VectorStore } from "@loci/core";
import { playAtOnce } from "../at-once.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import { same } from "../fixtures.ts";
import { holdingUp } from "../oracles/both-orders.ts";
import { surfaceText } from "../oracles/canary.ts";
import { type Fault, faultyStore } from "../oracles/faulty-store.ts";
import { outcomeOf } from "../oracles/outcome.ts";
import { randomFrom } from "../oracles/random.ts";

const faults: readonly Fault[] = [
  "none",
  "none",
  "delay",
  "refuse",
  "lose-the-answer",
  "repeat",
  "stop-half-way",
];

/** So many calls of an offboarding are broken in turn. */
const mostSteps = 12;
/** The names of those that end are its beginnings, so that whoever compares names by their beginning ends it with them. */
const neighbourId = "acme-corporation-and-all-of-its-daughters";

/** What holds when calls are delayed, repeated, lost and stopped half-way. */
export const engineFaults: readonly ConformanceCase[] = [
  {
    id: "acknowledged-writes-survive-faults",
    claim:
      "Behind a line that delays, repeats, loses and stops half-way, what was acknowledged is there, once, at its scope; nothing foreign appears.",
    level: "isolation",
    layer: "engine",
    async run({ store, memory: make, check, seed, effort }) {
      const random = randomFrom(seed);
      const faulty = faultyStore(store, () => faults[Math.floor(random() * faults.length)] ?? "none");
      const memory = make({ store: faulty });
      const scopes: Scope[] = ["acme", "rival"].flatMap((orgId) => [
        { orgId },
        { orgId, userId: "alice" },
        { orgId, userId: "bob" },
      ]);
      const nameOf = ({ orgId, userId }: Scope) => `${orgId}/${userId ?? "-"}`;
      const acknowledged = new Map(scopes.map((scope) => [nameOf(scope), new Set<string>()]));
      let attempts = 0;
      for (let round = 0; round < 6 * effort; round++) {
        await Promise.all(
          scopes.map(async (scope) => {
            const texts = [0, 1, 2].map((index) => `${nameOf(scope)} said ${round} ${index}`);
            for (let attempt = 0; attempt < 3; attempt++) {
              attempts += 1;
              const { results } = await memory.add(texts, scope).catch((error: unknown) => {
                check(
                  LociError.isInstance(error),
                  () => `${nameOf(scope)} got an error without a type: ${surfaceText(error)}`,
                  false,
                );
                return { results: [] };
              });
              for (const { text } of results) acknowledged.get(nameOf(scope))?.add(text);
              if (results.length > 0) break;
            }
          }),
        );
      }
      check(attempts > 6 * scopes.length, () => "No call failed, so that nothing was tried.", false);
      const after = make();
      for (const scope of scopes) {
        const { memories } = await after.list({ ...scope, levels: "own", limit: 1000 });
        const texts = memories.map(({ text }) => text);
        const foreign = texts.filter((text) => !text.startsWith(`${nameOf(scope)} said`));
        check(
          foreign.length === 0,
          () => `${nameOf(scope)} has what it did not write: ${foreign.join(", ")}`,
        );
        check(
          new Set(texts).size === texts.length,
          () => `${nameOf(scope)} has a text twice: ${texts.join(", ")}`,
          false,
        );
        const lost = [...(acknowledged.get(nameOf(scope)) ?? [])].filter((text) => !texts.includes(text));
        check(
          lost.length === 0,
          () => `${nameOf(scope)} was told that these are stored, and they are not: ${lost.join(", ")}`,
          false,
        );
      }
    },
  },
  {
    id: "offboarding-converges-after-a-crash",
    claim:
      "An offboarding that fails at any step says so; called again it ends, and the neighbour is untouched.",
    level: "isolation",
    layer: "engine",
    async run({ store, memory: make, check }) {
      const plain = make();
      const neighbour = async () =>
        surfaceText((await plain.list({ orgId: neighbourId, levels: "within" })).memories);
      await plain.add("kept", { orgId: neighbourId });
      const before = await neighbour();
      let played = 0;
      const playStep = async (fault: Fault, step: number): Promise<boolean> => {
        const orgId = neighbourId.slice(0, "acme".length + played++);
        const memory = make();
        await memory.add(["one", "two"], { orgId, userId: "alice" });
        let calls = 0;
        const crashing: VectorStore = faultyStore(store, () => {
          calls += 1;
          return calls === step ? fault : "none";
        });
        const first = await outcomeOf(() => make({ store: crashing }).organization(orgId).offboard());
        const crashed = calls >= step;
        check(
          crashed ? first.startsWith("error") : first.startsWith("value"),
          () => `An offboarding whose call ${step} was broken (${fault}) ended with: ${first.slice(0, 200)}`,
          false,
        );
        const receipt = await make().organization(orgId).offboard();
        check(receipt.checks.length > 0, () => "The second offboarding has checked nothing.", false);
        for (const late of [make(), memory]) {
          const seen = await outcomeOf(() => late.add("late", { orgId }));
          check(
            seen.includes("ORGANIZATION_GONE"),
            () =>
              `After a crash at call ${step} (${fault}) and a second offboarding, a late write got: ${seen.slice(0, 200)}`,
            false,
          );
        }
        const after = await neighbour();
        check(
          same([after], [before]),
          () => `After a crash at call ${step} (${fault}), the neighbour is ${after.slice(0, 200)}`,
          false,
        );
        return crashed;
      };
      for (const fault of ["refuse", "lose-the-answer"] as const)
        await playAtOnce(mostSteps, 4, (step) => playStep(fault, step));
    },
  },
  {
    id: "both-orders-of-two-callers",
    claim: "Of two callers at once, whichever ends first, each gets its own answer.",
    level: "isolation",
    layer: "engine",
    async run({ another, check }) {
      for (const slow of ["acme", "rival"]) {
        const { store, memory: make } = await another();
        const plain = make();
        for (const orgId of ["acme", "rival"]) await plain.add(`common ${orgId}`, { orgId });
        let otherHasEnded = Promise.resolve();
        const heldUp = holdingUp(
          store,
          ({ manifest }) => manifest.orgId === slow,
          () => otherHasEnded,
        );
        const memory: Memory = make({ store: heldUp });
        const ended: string[] = [];
        const ask = async (orgId: string) => {
          const found = await memory.search("common", { orgId });
          const { memories } = await memory.list({ orgId });
          ended.push(orgId);
          return { orgId, texts: [...found, ...memories].map(({ text }) => text) };
        };
        await Promise.all(["acme", "rival"].map((orgId) => memory.list({ orgId })));
        let letThrough = () => {};
        otherHasEnded = new Promise((resolve) => {
          letThrough = resolve;
        });
        const answers = await Promise.all(
          ["acme", "rival"].map(async (orgId) => {
            const answer = await ask(orgId);
            if (orgId !== slow) letThrough();
            return answer;
          }),
        );
        check(ended[1] === slow, () => `${slow} was to end last, and the order was ${ended.join(", ")}.`);
        for (const { orgId, texts } of answers) {
          check(
            same(texts, [`common ${orgId}`, `common ${orgId}`]),
            () => `${orgId}, beside a ${slow} that was held up, got: ${texts.join(", ")}`,
          );
        }
      }
    },
  },
];
