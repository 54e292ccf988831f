import type { Memory, Scope } from "@loci/core";
import type { ConformanceCase } from "../conformance-case.ts";
import { nameOfScope, textsOfItems } from "../engine-fixtures.ts";
import { same } from "../fixtures.ts";
import { outcomeOf } from "../oracles/outcome.ts";
import { manyRounds } from "../rounds.ts";

const alice: Scope = { orgId: "acme", userId: "alice" };

/** What a key of an application's own names, and what it does not. */
export const engineKeys: readonly ConformanceCase[] = [
  {
    id: "keys-stay-in-their-scope",
    claim:
      "A key names the memory of its own scope, or of one above it: with another's, every operation answers as with a key that nobody has.",
    level: "isolation",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      const others: readonly Scope[] = [
        { orgId: "rival" },
        { orgId: "rival", userId: "alice" },
        { orgId: "acme", userId: "bob" },
        { orgId: "acme", userId: "Alice" },
        { orgId: "acme", agentId: "alice" },
        { orgId: "acme", runId: "alice" },
        { orgId: "acme", userId: "alice", runId: "7" },
      ];
      const keys = others.map((scope) => `notes/of ${nameOfScope(scope).replaceAll("/", " ")}`);
      for (const [index, scope] of others.entries()) {
        await memory.add(`a secret of ${nameOfScope(scope)}`, { ...scope, key: keys[index] as string });
        await memory.add(`shared key, a secret of ${nameOfScope(scope)}`, { ...scope, key: "notes/all" });
      }
      const reader = memory.scope(alice);
      const operations: Record<string, (key: string) => Promise<unknown>> = {
        get: (key) => reader.get({ key }),
        history: (key) => reader.history({ key }),
        "list by prefix": async (keyPrefix) => (await reader.list({ keyPrefix })).memories,
        update: (key) => reader.update({ key }, { text: "taken over" }),
        delete: (key) => reader.delete({ key }),
      };
      const compare = async (key: string, owner: string) => {
        for (const [way, operation] of Object.entries(operations)) {
          const anonymous = async (asked: string) =>
            (await outcomeOf(() => operation(asked))).replaceAll(asked, "KEY");
          const [expected, seen] = [await anonymous("notes/of nobody"), await anonymous(key)];
          check(
            seen === expected,
            () =>
              `alice of acme, by ${way} with the key of ${owner}: ${seen.slice(0, 200)}; with a key of nobody: ${expected.slice(0, 200)}`,
          );
        }
      };
      for (const [index, key] of keys.entries()) await compare(key, nameOfScope(others[index] as Scope));
      await compare("notes/all", "everybody else");
      // Her own is hers, beside those of the others, and what stands above her is found.
      await memory.add("of acme", { orgId: "acme", key: "notes/all" });
      const above = await reader.get({ key: "notes/all" });
      check(above?.text === "of acme", () => `The key of acme brings alice ${above?.text ?? "nothing"}.`);
      const { results } = await reader.add("of alice", { key: "notes/all" });
      check(results[0]?.status === "added", () => "A key that others have is not added for alice.");
      const own = await reader.get({ key: "notes/all" });
      check(own?.text === "of alice", () => `Her own key brings alice ${own?.text ?? "nothing"}.`);
      await reader.delete({ key: "notes/all" });
      for (const scope of others) {
        const { memories } = await memory.list({ ...scope, levels: "own" });
        const name = nameOfScope(scope);
        check(
          same(textsOfItems(memories), [`a secret of ${name}`, `shared key, a secret of ${name}`]),
          () => `${name} now has: ${textsOfItems(memories).join(", ") || "nothing"}`,
        );
      }
    },
  },
  {
    id: "key-prefixes-end-at-paths",
    claim:
      "A prefix finds the key that it is, and those below it, and none that only begins with the same letters.",
    level: "core",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      const keys = ["notes", "notes/a", "notes/a/b", "notes/ab", "notes2", "notes2/a", "note", "Notes/a"];
      keys.push("a/notes", "notes/%", "notes/a_", "/notes/a", "nötes/a", "notes.a", "deep/".repeat(50));
      for (const key of keys) await memory.add(`at ${key}`, { ...alice, key });
      await memory.add("under no key", alice);
      const isBelow = (key: string, path: string) => key === path || key.startsWith(`${path}/`);
      for (const path of [...keys, "not", "notes/%/b", "notes/_", "deep", "deep/deep", "*/a", "n.tes", "a"]) {
        const plain = path.replace(/\/$/, "");
        const expected = keys.filter((key) => isBelow(key, plain)).sort();
        for (const keyPrefix of [plain, `${plain}/`]) {
          const { memories } = await memory.list({ ...alice, keyPrefix });
          const found = memories.map(({ key }) => key ?? "").sort();
          check(
            same(found, expected),
            () =>
              `${keyPrefix} finds ${found.join(", ") || "nothing"}, not ${expected.join(", ") || "nothing"}.`,
          );
        }
      }
    },
  },
  {
    id: "one-memory-for-each-key",
    claim:
      "However many processes add under one key, change it and delete it at once, it names one memory, and no text that was added is lost.",
    level: "core",
    layer: "engine",
    async run({ memory: make, second, check, ...context }) {
      const processes = [make(), make({ store: await second() })] as const;
      await manyRounds(
        context,
        async (round, start) => {
          const key = `round/${round}`;
          const [ended, lived] = [`${key}/ended`, `${key}/lived`];
          await processes[0].add("old", { ...alice, key: ended });
          const writes = processes.map((memory, index) =>
            start(() => memory.add(`text of ${index}`, { ...alice, key: lived })),
          );
          const renewed = start(() => processes[0].add("new", { ...alice, key: ended }));
          const deleted = start(() => processes[1].delete({ key: ended }, alice));
          const [{ results: added }] = await Promise.all([renewed, deleted, ...writes]);
          for (const memory of processes) {
            const { memories } = await memory.list({ ...alice, keyPrefix: key });
            const isThere = added[0]?.status === "added";
            const names = memories.map((one) => one.key ?? "no key").sort();
            check(
              same(names, isThere ? [ended, lived] : [lived]),
              () => `What was added under 2 keys at once is listed as: ${names.join(", ") || "nothing"}.`,
            );
            check(
              same(await historyOf(memory, lived), ["text of 0", "text of 1"]),
              () => "A text that was added under a key at the same time as others is not in its history.",
            );
            check(
              same(await historyOf(memory, ended), isThere ? ["new"] : []),
              () => "What was deleted under a key came back, or what was added after that is gone.",
            );
          }
        },
        4,
      );
    },
  },
];

async function historyOf(memory: Memory, key: string): Promise<readonly string[]> {
  return textsOfItems(await memory.history({ key }, alice));
}
