import type { Scope } from "@loci/core";
import type { ConformanceCase } from "../conformance-case.ts";
import { hostileTexts } from "../corpus.ts";
import { covers, nameOfScope, textsOfItems } from "../engine-fixtures.ts";
import { same } from "../fixtures.ts";
import { surfaceText } from "../oracles/canary.ts";
import { outcomeOf } from "../oracles/outcome.ts";

/** That memories and organizations live and end each on their own. */
export const engineLives: readonly ConformanceCase[] = [
  {
    id: "equal-texts-have-lives-of-their-own",
    claim:
      "The same text added by several writers is stored for each, and changing or deleting one touches no other.",
    level: "isolation",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      const writers: Scope[] = [
        { orgId: "acme", userId: "alice" },
        { orgId: "acme", userId: "bob" },
        { orgId: "rival", userId: "alice" },
        { orgId: "rival" },
      ];
      for (const writer of writers) {
        const { results } = await memory.add("the same text", writer);
        check(
          results[0]?.status === "added",
          () =>
            `${nameOfScope(writer)} added a text and was told "${results[0]?.status}", as if somebody's were its own.`,
        );
      }
      const own = async (scope: Scope) => (await memory.list({ ...scope, levels: "own" })).memories;
      const [alices] = await own(writers[0] as Scope);
      await memory.update(alices?.id ?? "", { text: "changed" }, writers[0] as Scope);
      await memory.deleteAll(writers[2] as Scope);
      const [alice, bob, rivalsAlice, rival] = await Promise.all(writers.map(own));
      const seen = [alice, bob, rivalsAlice, rival].map((items) => textsOfItems(items ?? []).join());
      check(
        same(seen, ["changed", "the same text", "", "the same text"]),
        () => `After alice of acme changed hers and alice of rival deleted hers: ${seen.join(" | ")}`,
        false,
      );
    },
  },
  {
    id: "updates-keep-their-scope",
    claim: "Changing a memory leaves it at its scope, and its history with it.",
    level: "isolation",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      const alice = { orgId: "acme", userId: "alice" };
      const { results } = await memory.add("I live in Bonn", alice);
      const id = results[0]?.id ?? "";
      await memory.update(id, { text: "I live in Berlin" }, { orgId: "acme" });
      await memory.update(id, { metadata: { sure: true } }, alice);
      for (const [reader, expected] of [
        [alice, 1],
        [{ orgId: "acme" }, 0],
        [{ orgId: "acme", userId: "bob" }, 0],
      ] as const) {
        const { memories } = await memory.list(reader);
        check(
          memories.length === expected,
          () =>
            `After alice's memory was changed, ${nameOfScope(reader)} sees ${memories.length} memories instead of ${expected}.`,
          memories.length > expected,
        );
        const history = await memory.history(id, reader);
        check(
          history.length === expected * 3,
          () =>
            `${nameOfScope(reader)} sees ${history.length} steps of alice's memory instead of ${expected * 3}.`,
          history.length > expected * 3,
        );
      }
    },
  },
  {
    id: "offboarding-ends-one-organization",
    claim:
      "Offboarding ends one organization and leaves every other untouched; what comes late is refused; it comes back only when asked, and empty.",
    level: "isolation",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      const neighbours = ["acme-corp", "Acme", "acm", "acme inc", "rival"];
      for (const orgId of ["acme", ...neighbours])
        await memory.add([`${orgId} one`, `${orgId} two`], { orgId, userId: "u" });
      const dump = async (orgId: string) =>
        surfaceText((await memory.list({ orgId, levels: "within" })).memories);
      const before = await Promise.all(neighbours.map(dump));
      const receipt = await memory.organization("acme").offboard();
      check(
        receipt.memories === 2,
        () => `The receipt says that ${receipt.memories} memories went, instead of 2.`,
        false,
      );
      for (const late of [memory, make()]) {
        for (const [way, call] of [
          ["add", () => late.add("late", { orgId: "acme" })],
          ["search", () => late.search("one", { orgId: "acme", userId: "u" })],
          ["list", () => late.list({ orgId: "acme", levels: "within" })],
        ] as const) {
          const seen = await outcomeOf(call);
          check(
            seen.includes("ORGANIZATION_GONE"),
            () => `${way} after the offboarding should be refused, and got: ${seen.slice(0, 200)}`,
            false,
          );
        }
      }
      for (const [index, orgId] of neighbours.entries()) {
        const after = await dump(orgId);
        check(
          after === before[index],
          () => `Offboarding acme changed ${orgId}: ${after.slice(0, 200)}`,
          false,
        );
      }
      await memory.organization("acme").onboard();
      const { memories } = await memory.list({ orgId: "acme", levels: "within" });
      check(
        memories.length === 0,
        () => `Onboarded anew, acme still has: ${textsOfItems(memories).join(", ")}`,
        false,
      );
    },
  },
  {
    id: "texts-are-data",
    claim:
      "A text comes back word by word at the scope it was written at, whatever it asks for, and changes nothing elsewhere.",
    level: "isolation",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      const others: Scope[] = [
        { orgId: "rival" },
        { orgId: "rival", userId: "bob" },
        { orgId: "acme", userId: "bob" },
      ];
      for (const scope of others) await memory.add(`kept by ${nameOfScope(scope)}`, scope);
      const alice = { orgId: "acme", userId: "alice" };
      for (const text of hostileTexts) {
        await memory.add(text, alice);
        await memory.add([{ role: "user", content: text }], { ...alice, runId: "r" });
        const found = textsOfItems(await memory.search(text, { ...alice, limit: 1000 }));
        check(
          found.includes(text),
          () => `alice stored ${JSON.stringify(text)} and does not find it.`,
          false,
        );
        check(
          found.every((one) => hostileTexts.includes(one)),
          () =>
            `alice, asking for ${JSON.stringify(text)}, found: ${found.filter((one) => !hostileTexts.includes(one)).join(", ")}`,
        );
      }
      for (const scope of others) {
        const { memories } = await memory.list({ ...scope, levels: "within" });
        const expected = others
          .filter((other) => covers(scope, other))
          .map((other) => `kept by ${nameOfScope(other)}`)
          .sort();
        check(
          same(textsOfItems(memories), expected),
          () =>
            `After alice stored hostile texts, ${nameOfScope(scope)} has: ${textsOfItems(memories).join(", ")}`,
        );
      }
    },
  },
];
