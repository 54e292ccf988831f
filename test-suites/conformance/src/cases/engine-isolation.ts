import type { Memory, Scope } from "@loci/core";
import type { ConformanceCase } from "../conformance-case.ts";
import { identifierPairs } from "../corpus.ts";
import { same } from "../fixtures.ts";
import { Canaries, surfaceText } from "../oracles/canary.ts";
import { interference } from "../oracles/non-interference.ts";
import { outcomeOf } from "../oracles/outcome.ts";

const absent = "00000000-0000-8000-8000-000000000000";
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text).sort();
const nameOf = (scope: Scope) =>
  [scope.orgId, scope.userId, scope.agentId, scope.runId].map((part) => part ?? "-").join("/");
/** The rule in the words of the design: every field set in S is set to the same value in T. */
const covers = (s: Scope, t: Scope) => (Object.keys(s) as (keyof Scope)[]).every((key) => s[key] === t[key]);

/** What nobody can see, change or feel of anybody else, through the memory on top of a store. */
export const engineIsolation: readonly ConformanceCase[] = [
  {
    id: "memories-are-seen-by-the-rule",
    claim:
      "Every read sees exactly the memories whose scope covers its own, however alike the identifiers are.",
    level: "isolation",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      const canaries = new Canaries();
      const scopes: Scope[] = identifierPairs.slice(0, 24).flatMap(([, a, b], index) => {
        const place = (name: string): Scope =>
          index % 4 === 0
            ? { orgId: name }
            : {
                orgId: "acme inc",
                ...[{ userId: name }, { agentId: name }, { userId: "u", runId: name }][(index % 4) - 1],
              };
        return [place(a), place(b)].filter((scope) =>
          Object.values(scope).every(
            (part) => part === part.normalize("NFC") && part.trim() !== "" && part !== "*",
          ),
        );
      });
      scopes.push({ orgId: "acme inc" });
      const written = [];
      for (const scope of scopes) {
        const canary = canaries.make(nameOf(scope));
        await memory.add(`common ${canary.text}`, scope);
        written.push({ scope, text: `common ${canary.text}` });
      }
      for (const reader of scopes) {
        const expected = texts(written.filter(({ scope }) => covers(scope, reader)));
        const reads: Record<string, () => Promise<readonly { readonly text: string }[]>> = {
          search: () => memory.search("common", { ...reader, limit: 1000 }),
          getAll: async () => (await memory.getAll({ ...reader, limit: 1000 })).memories,
        };
        for (const [way, read] of Object.entries(reads)) {
          const found = texts(await read());
          check(same(found, expected), () => {
            const foreign = canaries.foundIn(found.filter((text) => !expected.includes(text)));
            return `${nameOf(reader)} should see ${expected.length} memories by ${way}, and saw ${found.length}${foreign[0] ? `, one of ${foreign[0].writer}` : ""}.`;
          });
        }
      }
    },
  },
  {
    id: "scopes-fail-closed",
    claim:
      "A scope that is missing, empty, a wildcard, ill-formed or of another type is refused by every operation.",
    level: "isolation",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      await memory.add("a secret of acme", { orgId: "acme" });
      await memory.add("a secret of alice", { orgId: "acme", userId: "alice" });
      const bad: readonly unknown[] = [
        undefined,
        null,
        "",
        " ",
        "*",
        7,
        ["acme"],
        { toString: () => "acme" },
        "a\ud800",
        "e\u0301",
        "acme\n",
        "x".repeat(257),
      ];
      const broken: unknown[] = [
        undefined,
        null,
        {},
        [],
        "acme",
        { userId: "alice" },
        { orgId: "acme", user: "alice" },
      ];
      for (const value of bad)
        broken.push(
          { orgId: value },
          { orgId: "acme", userId: value },
          { orgId: "acme", agentId: value },
          { orgId: "acme", runId: value },
        );
      for (const scope of broken) {
        const given = scope as Scope;
        const calls: Record<string, () => Promise<unknown>> = {
          add: () => memory.add("text", given),
          search: () => memory.search("secret", given),
          getAll: () => memory.getAll(given),
          get: () => memory.get(absent, given),
          update: () => memory.update(absent, { text: "x" }, given),
          delete: () => memory.delete(absent, given),
          deleteAll: () => memory.deleteAll(given),
          history: () => memory.history(absent, given),
          scope: async () => memory.scope(given),
        };
        for (const [way, call] of Object.entries(calls)) {
          const code = await call().then(
            (value) => `answered ${surfaceText(value)}`,
            (error: { code?: string }) => error.code ?? String(error),
          );
          check(
            code === "INVALID_SCOPE",
            () => `${way} with the scope ${surfaceText(scope)} should be refused with INVALID_SCOPE: ${code}`,
          );
        }
      }
    },
  },
  {
    id: "not-yours-is-not-found",
    claim: "An id of somebody else and one that does not exist get the same answer from every operation.",
    level: "isolation",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      const owners: Scope[] = [
        { orgId: "rival" },
        { orgId: "rival", userId: "alice" },
        { orgId: "acme", userId: "bob" },
        { orgId: "acme", userId: "alice", runId: "r" },
      ];
      const ids: string[] = [];
      for (const owner of owners)
        ids.push((await memory.add(`a secret of ${nameOf(owner)}`, owner)).results[0]?.id ?? "");
      const alice = memory.scope({ orgId: "acme", userId: "alice" });
      const operations: Record<string, (id: string) => Promise<unknown>> = {
        get: (id) => alice.get(id),
        "get of several": (id) => alice.get([id, id]),
        history: (id) => alice.history(id),
        supersede: (id) => alice.add("a replacement", { supersedes: id }),
      };
      const changes: Record<string, (id: string) => Promise<unknown>> = {
        update: (id) => alice.update(id, { text: "taken over" }),
        "update of several": (id) => alice.update([{ id, text: "taken over" }]),
        delete: (id) => alice.delete(id),
      };
      for (const [index, id] of ids.entries()) {
        // What is below alice she may change, unseen.
        const mayChange = owners[index]?.runId !== undefined;
        for (const [way, operation] of Object.entries({ ...operations, ...(mayChange ? {} : changes) })) {
          const anonymous = async (asked: string) =>
            (await outcomeOf(() => operation(asked))).replaceAll(asked, "ID");
          const [expected, seen] = [await anonymous(absent), await anonymous(id)];
          check(
            seen === expected,
            () =>
              `alice of acme, by ${way} with the id of ${nameOf(owners[index] as Scope)}: ${seen.slice(0, 200)}; with an id of nobody: ${expected.slice(0, 200)}`,
          );
        }
      }
      for (const owner of owners) {
        const { memories } = await memory.getAll({ ...owner, levels: "own" });
        check(
          same(texts(memories), [`a secret of ${nameOf(owner)}`]),
          () => `${nameOf(owner)} now has: ${texts(memories).join(", ") || "nothing"}`,
        );
      }
    },
  },
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
            `${nameOf(writer)} added a text and was told "${results[0]?.status}", as if somebody's were its own.`,
        );
      }
      const own = async (scope: Scope) => (await memory.getAll({ ...scope, levels: "own" })).memories;
      const [alices] = await own(writers[0] as Scope);
      await memory.update(alices?.id ?? "", { text: "changed" }, writers[0] as Scope);
      await memory.deleteAll(writers[2] as Scope);
      const [alice, bob, rivalsAlice, rival] = await Promise.all(writers.map(own));
      const seen = [alice, bob, rivalsAlice, rival].map((items) => texts(items ?? []).join());
      check(
        same(seen, ["changed", "the same text", "", "the same text"]),
        () => `After alice of acme changed hers and alice of rival deleted hers: ${seen.join(" | ")}`,
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
        const { memories } = await memory.getAll(reader);
        check(
          memories.length === expected,
          () =>
            `After alice's memory was changed, ${nameOf(reader)} sees ${memories.length} memories instead of ${expected}.`,
        );
        const history = await memory.history(id, reader);
        check(
          history.length === expected * 3,
          () =>
            `${nameOf(reader)} sees ${history.length} steps of alice's memory instead of ${expected * 3}.`,
        );
      }
    },
  },
  {
    id: "cursors-stay-in-their-scope",
    claim: "A cursor continues only the listing that it came from: with any other scope it is refused.",
    level: "isolation",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      const scopes: Scope[] = [
        { orgId: "acme", userId: "alice" },
        { orgId: "acme", userId: "bob" },
        { orgId: "rival", userId: "alice" },
      ];
      for (const scope of scopes)
        for (let index = 0; index < 4; index++) await memory.add(`of ${nameOf(scope)} ${index}`, scope);
      for (const from of scopes) {
        const { cursor } = await memory.getAll({ ...from, limit: 1 });
        check(cursor !== undefined, () => "A listing of 4 memories in pages of 1 has no cursor.");
        for (const to of scopes.filter((scope) => scope !== from)) {
          const seen = await outcomeOf(() => memory.getAll({ ...to, limit: 1, cursor: cursor as string }));
          check(
            seen.includes("INVALID_CURSOR"),
            () => `${nameOf(to)} used a cursor of ${nameOf(from)}, and got: ${seen.slice(0, 200)}`,
          );
        }
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
        surfaceText((await memory.getAll({ orgId, levels: "within" })).memories);
      const before = await Promise.all(neighbours.map(dump));
      const receipt = await memory.offboard({ orgId: "acme" });
      check(
        receipt.memories === 2,
        () => `The receipt says that ${receipt.memories} memories went, instead of 2.`,
      );
      for (const late of [memory, make()]) {
        for (const [way, call] of [
          ["add", () => late.add("late", { orgId: "acme" })],
          ["search", () => late.search("one", { orgId: "acme", userId: "u" })],
          ["getAll", () => late.getAll({ orgId: "acme", levels: "within" })],
        ] as const) {
          const seen = await outcomeOf(call);
          check(
            seen.includes("ORGANIZATION_GONE"),
            () => `${way} after the offboarding should be refused, and got: ${seen.slice(0, 200)}`,
          );
        }
      }
      for (const [index, orgId] of neighbours.entries()) {
        const after = await dump(orgId);
        check(after === before[index], () => `Offboarding acme changed ${orgId}: ${after.slice(0, 200)}`);
      }
      await memory.onboard({ orgId: "acme" });
      const { memories } = await memory.getAll({ orgId: "acme", levels: "within" });
      check(memories.length === 0, () => `Onboarded anew, acme still has: ${texts(memories).join(", ")}`);
    },
  },
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
        await Promise.all(order.map((scope) => memory.add(`common ${round} ${nameOf(scope)}`, scope)));
        const answers = await Promise.all(
          order.map(async (scope) => {
            const [found, all] = await Promise.all([
              memory.search("common", { ...scope, limit: 100 }),
              memory.getAll({ ...scope, levels: "own" }),
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
            () => `${nameOf(scope)}, among concurrent callers, found: ${texts(foreign).join(", ")}`,
          );
          check(
            own.length === round + 1 && own.every(({ text }) => text.endsWith(nameOf(scope))),
            () =>
              `${nameOf(scope)} wrote ${round + 1} memories among concurrent callers, and has: ${texts(own).join(", ")}`,
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
        await disturb(() => memory.offboard({ orgId: "rival" }));
        await disturb(() => memory.add(["the red car"], { orgId: "beta" }));
        const ids = (await memory.getAll(acme)).memories.map(({ id }) => id);
        for (const call of [
          () => memory.search("a fast red car", { ...acme, explain: true }),
          () => memory.getAll({ ...acme, limit: 1 }),
          () => memory.history(ids[0] ?? "", acme),
          () => memory.update(absent, { text: "x" }, acme),
          () => memory.getAll({ ...acme, cursor: "broken" }),
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
      "The embedder gets the texts of the scope that is written or asked, and no other's, also under concurrency.",
    level: "isolation",
    layer: "engine",
    async run({ another, check }) {
      const canaries = new Canaries();
      const calls: (readonly string[])[] = [];
      const { memory: make } = await another();
      const memory: Memory = make({
        embedder: {
          specVersion: 1,
          id: "tap",
          dimensions: 2,
          maxBatch: 100,
          async embed(given) {
            calls.push(given);
            await new Promise((resolve) => setTimeout(resolve, 1));
            return given.map((text) => Float32Array.of(1, text.length / 1000));
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
          content: `${canaries.make(nameOf(scope)).text} ${turn}`,
        }));
      for (let round = 0; round < 3; round++)
        await Promise.all(scopes.map((scope) => memory.add(messages(scope), scope)));
      check(calls.length >= 12, () => `The embedder was called ${calls.length} times.`);
      for (const call of calls) {
        const writers = new Set(canaries.foundIn(call).map(({ writer }) => writer));
        check(
          writers.size === 1,
          () => `One call of the embedder had texts of ${[...writers].join(" and ")}.`,
        );
      }
    },
  },
  {
    id: "filters-cannot-name-a-scope",
    claim: "A filter compares metadata only: it can neither name a scope nor widen one.",
    level: "isolation",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      await memory.add("of bob", { orgId: "acme", userId: "bob", metadata: { kind: "note", orgId: "acme" } });
      await memory.add("of rival", { orgId: "rival", metadata: { kind: "note", userId: "alice" } });
      await memory.add("of alice", { orgId: "acme", userId: "alice", metadata: { kind: "note" } });
      const alice = { orgId: "acme", userId: "alice" };
      for (const filter of [
        { kind: "note" },
        { userId: "bob" },
        { orgId: "rival" },
        { user: "bob" },
        { $or: [{ kind: "note" }, { userId: "bob" }] },
        { $or: [{ userId: "bob" }, { userId: { $ne: "bob" } }] },
        { $not: { kind: "other" } },
        { kind: { $nin: ["other"] } },
        { user: { $exists: false } },
      ]) {
        for (const [way, read] of [
          ["getAll", async () => (await memory.getAll({ ...alice, filter })).memories],
          ["search", () => memory.search("note of", { ...alice, filter })],
        ] as const) {
          const found = texts(await read());
          check(
            found.every((text) => text === "of alice"),
            () => `alice with ${surfaceText(filter)} found by ${way}: ${found.join(", ")}`,
          );
        }
      }
    },
  },
];
