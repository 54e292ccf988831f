import { LociError, type Memory } from "@loci/core";
import type { ConformanceCase } from "../conformance-case.ts";
import { surfaceText } from "../oracles/canary.ts";
import { firstDifference } from "../oracles/first-difference.ts";

const scope = { orgId: "acme", userId: "alice" };
const longest = 65_536;
const half = "\ud800";

/** What a memory may say, and what is refused before anything is stored. */
export const engineValues: readonly ConformanceCase[] = [
  {
    id: "memories-come-back-whole",
    claim: "A text and metadata of the documented sizes come back character by character, read in any way.",
    level: "core",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      const texts: Record<string, string> = {
        "the longest text": `${"coffee ".repeat(longest / 7)}`.padEnd(longest, "."),
        "the longest text of other scripts": "猫".repeat((longest - 1) / 3),
        "control characters": "coffee\u0000\u0001\u0007\u001f\u007f\u2028\ufeff\t\r\n.",
        "two forms of a letter": "caf\u00e9 and cafe\u0301",
      };
      const metadata = {
        text: "y".repeat(10_000),
        [`k${"é".repeat(63)}`]: "a key of 127 bytes",
        toString: "a name of the prototype",
        "a.b": ["x", 5, true, "5"],
        numbers: [0.1, 2 ** 53, -Number.MAX_VALUE, 1e-300, 16_777_217],
        deep: { er: { still: [null, { more: "\u0000" }] } },
      };
      for (const [name, text] of Object.entries(texts)) {
        const { results } = await memory.add(text, { ...scope, metadata });
        const id = results[0]?.id ?? "";
        const listed = (await memory.list({ ...scope })).memories.find((one) => one.id === id);
        for (const [way, found] of Object.entries({ get: await memory.get(id, scope), list: listed })) {
          const difference =
            firstDifference(text, found?.text ?? "") ??
            firstDifference(inOrder(metadata), inOrder(found?.metadata ?? {}));
          check(difference === undefined, () => `Of ${name}, read by ${way}, ${difference}`);
        }
      }
    },
  },
  {
    id: "what-no-backend-could-keep-is-refused",
    claim:
      "Halves of surrogate pairs, and what is longer than documented, are refused with an error of Loci's, and nothing is stored.",
    level: "core",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      await memory.add("kept", scope);
      const add = (text: string, metadata: object = {}) =>
        memory.add(text, { ...scope, metadata: metadata as never });
      const attempts: Record<string, () => Promise<unknown>> = {
        "half a pair in a text": () => add(`before ${half} after`),
        "half a pair at the end of a text": () => add(`before ${half}`),
        "half a pair in metadata": () => add("late", { a: half }),
        "half a pair deep in metadata": () => add("late", { a: [{ b: [half] }] }),
        "half a pair in a key of metadata": () => add("late", { [half]: "x" }),
        "half a pair in a user's id": () => memory.add("late", { ...scope, userId: half }),
        "half a pair in an organization's id": () => memory.add("late", { orgId: `acme${half}` }),
        "half a pair in a filter": () => memory.list({ ...scope, filter: { [half]: "x" } }),
        "half a pair in a query": () => memory.search(`coffee ${half}`, scope),
        "a text of one byte too many": () => add("x".repeat(longest + 1)),
        "a text of too many bytes in other scripts": () => add("猫".repeat(longest / 3 + 1)),
        "metadata of too many bytes": () => add("late", { a: "x".repeat(16_384) }),
        "a key of too many bytes": () => add("late", { [`k${"é".repeat(64)}`]: "x" }),
        "an empty key": () => add("late", { "": "x" }),
        "a key of core's": () => add("late", { $createdAt: 5 }),
        "a key of the language's": () => add("late", JSON.parse('{"__proto__":{"a":1}}')),
        "a number that JSON has not": () => add("late", { a: Number.POSITIVE_INFINITY }),
        "no number": () => add("late", { a: Number.NaN }),
      };
      for (const [what, attempt] of Object.entries(attempts)) {
        const seen = await refusalOf(attempt);
        check(seen === "refused", () => `${what[0]?.toUpperCase()}${what.slice(1)} ${seen}.`);
      }
      check((await countOf(memory)) === 1, () => "Something of what was refused is stored.");
    },
  },
];

async function countOf(memory: Memory): Promise<number> {
  return (await memory.list(scope)).memories.length;
}

async function refusalOf(attempt: () => Promise<unknown>): Promise<string> {
  try {
    return `was answered with ${surfaceText(await attempt()).slice(0, 200)}`;
  } catch (error) {
    const isRefusal = LociError.isInstance(error) && /^INVALID_/.test(error.code);
    return isRefusal ? "refused" : `failed with ${String(error).slice(0, 200)}`;
  }
}

function inOrder(metadata: object): string {
  return surfaceText(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
}
