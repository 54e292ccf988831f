import type { Scope } from "@loci/core";
import type { ConformanceCase } from "../conformance-case.ts";
import { identifierPairs } from "../corpus.ts";
import { absentId, covers, nameOfScope, textsOfItems } from "../engine-fixtures.ts";
import { isMore, same } from "../fixtures.ts";
import { Canaries, surfaceText } from "../oracles/canary.ts";
import { outcomeOf } from "../oracles/outcome.ts";

/** What a scope lets a caller of the memory see and change, and what it does not. */
export const engineScopes: readonly ConformanceCase[] = [
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
        const canary = canaries.make(nameOfScope(scope));
        await memory.add(`common ${canary.text}`, scope);
        written.push({ scope, text: `common ${canary.text}` });
      }
      for (const reader of scopes) {
        const expected = textsOfItems(written.filter(({ scope }) => covers(scope, reader)));
        const reads: Record<string, () => Promise<readonly { readonly text: string }[]>> = {
          search: () => memory.search("common", { ...reader, limit: 1000 }),
          list: async () => (await memory.list({ ...reader, limit: 1000 })).memories,
        };
        for (const [way, read] of Object.entries(reads)) {
          const found = textsOfItems(await read());
          check(
            same(found, expected),
            () => {
              const foreign = canaries.foundIn(found.filter((text) => !expected.includes(text)));
              return `${nameOfScope(reader)} should see ${expected.length} memories by ${way}, and saw ${found.length}${foreign[0] ? `, one of ${foreign[0].writer}` : ""}.`;
            },
            isMore(found, expected),
          );
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
          list: () => memory.list(given),
          get: () => memory.get(absentId, given),
          update: () => memory.update(absentId, { text: "x" }, given),
          delete: () => memory.delete(absentId, given),
          deleteAll: () => memory.deleteAll(given),
          history: () => memory.history(absentId, given),
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
        ids.push((await memory.add(`a secret of ${nameOfScope(owner)}`, owner)).results[0]?.id ?? "");
      const alice = memory.scope({ orgId: "acme", userId: "alice" });
      const operations: Record<string, (id: string) => Promise<unknown>> = {
        get: (id) => alice.get(id),
        "get of several": (id) => alice.getMany([id, id]),
        history: (id) => alice.history(id),
        supersede: (id) => alice.add("a replacement", { supersedes: id }),
      };
      const changes: Record<string, (id: string) => Promise<unknown>> = {
        update: (id) => alice.update(id, { text: "taken over" }),
        "update of several": (id) => alice.updateMany([{ id, text: "taken over" }]),
        delete: (id) => alice.delete(id),
      };
      for (const [index, id] of ids.entries()) {
        // What is below alice she may change, unseen.
        const mayChange = owners[index]?.runId !== undefined;
        for (const [way, operation] of Object.entries({ ...operations, ...(mayChange ? {} : changes) })) {
          const anonymous = async (asked: string) =>
            (await outcomeOf(() => operation(asked))).replaceAll(asked, "ID");
          const [expected, seen] = [await anonymous(absentId), await anonymous(id)];
          check(
            seen === expected,
            () =>
              `alice of acme, by ${way} with the id of ${nameOfScope(owners[index] as Scope)}: ${seen.slice(0, 200)}; with an id of nobody: ${expected.slice(0, 200)}`,
          );
        }
      }
      for (const owner of owners) {
        const { memories } = await memory.list({ ...owner, levels: "own" });
        check(
          same(textsOfItems(memories), [`a secret of ${nameOfScope(owner)}`]),
          () => `${nameOfScope(owner)} now has: ${textsOfItems(memories).join(", ") || "nothing"}`,
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
          ["list", async () => (await memory.list({ ...alice, filter })).memories],
          ["search", () => memory.search("note of", { ...alice, filter })],
        ] as const) {
          const found = textsOfItems(await read());
          check(
            found.every((text) => text === "of alice"),
            () => `alice with ${surfaceText(filter)} found by ${way}: ${found.join(", ")}`,
          );
        }
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
        for (let index = 0; index < 4; index++) await memory.add(`of ${nameOfScope(scope)} ${index}`, scope);
      for (const from of scopes) {
        const { cursor } = await memory.list({ ...from, limit: 1 });
        check(cursor !== undefined, () => "A listing of 4 memories in pages of 1 has no cursor.", false);
        for (const to of scopes.filter((scope) => scope !== from)) {
          const seen = await outcomeOf(() => memory.list({ ...to, limit: 1, cursor: cursor as string }));
          check(
            seen.includes("INVALID_CURSOR"),
            () => `${nameOfScope(to)} used a cursor of ${nameOfScope(from)}, and got: ${seen.slice(0, 200)}`,
          );
        }
      }
    },
  },
];
