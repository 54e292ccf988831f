import { setImmediate } from "node:timers/promises";
import type { Embedder, Memory } from "@loci/core";
import { randomSource } from "../random.ts";

/** One kind of call that is measured in two checkouts. It uses only what both of them have. */
export interface Step {
  readonly name: string;
  readonly area: Area;
  /** How many calls are measured in one go. */
  readonly calls: number;
  /** What may be how many times as dear as before; undefined where nothing is aimed at. */
  readonly limit?: number;
  /** Prepares some calls, which are then measured. */
  prepare(memory: Memory<"multi">, calls: number): Promise<(call: number) => Promise<unknown>>;
}

/** A memory of its own, for steps that need the same. */
export interface Area {
  readonly memories: number;
  readonly vectors: boolean;
}

const users = 4;
const dimensions = 64;
const alice = { orgId: "acme", userId: "user-0" };
const random = randomSource(20261127);

const common = Array.from({ length: 60 }, (_, index) => `often${index}`);
const rare = Array.from({ length: 8000 }, (_, index) => `seldom${index}`);
let made = 0;

const oneOf = (words: readonly string[]) => words[random.below(words.length)] as string;
const some = (words: readonly string[], count: number) => Array.from({ length: count }, () => oneOf(words));

/**
 * Twenty words: eight of which each is beside a quarter of all texts or in them, eleven that few have, and one that no other has. A
 * text is indexed with the words around it.
 */
export function makeText(): string {
  made += 1;
  return `${some(common, 8).join(" ")} ${some(rare, 11).join(" ")} number${made}`;
}

const texts = (count: number) => Array.from({ length: count }, makeText);
const turnOf = () => [
  { role: "user" as const, content: makeText() },
  { role: "assistant" as const, content: makeText() },
];

/** Fills an area, a quarter of it for each of four users. */
export async function fill(memory: Memory<"multi">, { memories }: Area): Promise<void> {
  for (let added = 0; added < memories; added += 250)
    await memory.add(texts(250), { ...alice, userId: `user-${(added / 250) % users}` });
}

/** A fake embedder: the sum of a random vector for each word. It costs little, and the same in both checkouts. */
export function fakeWordEmbedder(): Embedder {
  const vectors = new Map<string, Float32Array>();
  const source = randomSource(7);
  const vectorOf = (word: string) => {
    const vector = vectors.get(word) ?? Float32Array.from({ length: dimensions }, source.normal);
    vectors.set(word, vector);
    return vector;
  };
  const embed = (text: string) => {
    const sum = new Float32Array(dimensions);
    for (const word of text.split(" ")) {
      const vector = vectorOf(word);
      for (let at = 0; at < dimensions; at++) sum[at] = (sum[at] ?? 0) + (vector[at] ?? 0);
    }
    const length = Math.hypot(...sum);
    return sum.map((value) => value / length);
  };
  return {
    specVersion: 1,
    id: "fake-words",
    maxBatch: 1000,
    describe: async () => ({ id: "fake-words", dimensions }),
    async embed(all) {
      // A real one answers in another turn of the event loop, and works elsewhere meanwhile.
      await setImmediate();
      const vectors: Float32Array[] = [];
      for (const [index, text] of all.entries()) {
        if (index % 100 === 99) await setImmediate();
        vectors.push(embed(text));
      }
      return vectors;
    },
  };
}

const writes: Area = { memories: 1000, vectors: true };

/** The ids of memories that were just added. */
async function added(memory: Memory<"multi">, calls: number): Promise<readonly string[]> {
  const { results } = await memory.add(texts(calls), { ...alice, infer: false });
  return results.map(({ id }) => id);
}

/** The ids of messages in the midst of a conversation that was just added. */
async function conversed(memory: Memory<"multi">, calls: number): Promise<readonly string[]> {
  const messages = Array.from({ length: 2 * calls + 1 }, turnOf).flat();
  const { results } = await memory.add(messages, { ...alice, infer: false });
  return results.map(({ id }) => id).filter((_, index) => index % 4 === 1);
}

const writing: readonly Step[] = [
  {
    name: "add one text",
    area: writes,
    calls: 60,
    limit: 1.15,
    prepare: async (memory, calls) => {
      const given = texts(calls);
      return (call) => memory.add(given[call] as string, alice);
    },
  },
  {
    name: "add a turn of two messages",
    area: writes,
    calls: 60,
    limit: 1.15,
    prepare: async (memory, calls) => {
      const turns = Array.from({ length: calls }, turnOf);
      return (call) => memory.add(turns[call] ?? [], { ...alice, runId: "talk" });
    },
  },
  {
    name: "add 50 texts",
    area: writes,
    calls: 8,
    limit: 1.15,
    prepare: async (memory, calls) => {
      const lists = Array.from({ length: calls }, () => texts(50));
      return (call) => memory.add(lists[call] ?? [], alice);
    },
  },
  {
    name: "update one",
    area: writes,
    calls: 60,
    prepare: async (memory, calls) => {
      const ids = await added(memory, calls);
      const given = texts(calls);
      return (call) => memory.update(ids[call] ?? "", { text: given[call] as string }, alice);
    },
  },
  {
    name: "update one message of a conversation",
    area: writes,
    calls: 40,
    prepare: async (memory, calls) => {
      const ids = await conversed(memory, calls);
      const given = texts(calls);
      return (call) => memory.update(ids[call] ?? "", { text: given[call] as string }, alice);
    },
  },
  {
    name: "delete one",
    area: writes,
    calls: 60,
    prepare: async (memory, calls) => {
      const ids = await added(memory, calls);
      return (call) => memory.delete(ids[call] ?? "", alice);
    },
  },
  {
    name: "delete one message of a conversation",
    area: writes,
    calls: 40,
    prepare: async (memory, calls) => {
      const ids = await conversed(memory, calls);
      return (call) => memory.delete(ids[call] ?? "", alice);
    },
  },
  {
    name: "list 100",
    area: writes,
    calls: 40,
    prepare: async (memory) => () => memory.list({ ...alice, limit: 100 }),
  },
];

const questions: Readonly<Record<string, () => string>> = {
  "rare words": () => some(rare, 4).join(" "),
  "common words": () => some(common, 5).join(" "),
  "some of both": () => `${some(common, 4).join(" ")} ${some(rare, 3).join(" ")}`,
};

const searching: readonly Step[] = [1000, 10_000].flatMap((memories) =>
  [true, false].flatMap((vectors) =>
    Object.entries(questions).map(
      ([kind, question]): Step => ({
        name: `search ${memories}, ${kind}, ${vectors ? "with" : "without"} vectors`,
        area: { memories, vectors },
        calls: memories > 1000 ? 15 : 40,
        limit: 1.15,
        prepare: async (memory, calls) => {
          const asked = Array.from({ length: calls }, question);
          return (call) => memory.search(asked[call] as string, alice);
        },
      }),
    ),
  ),
);

export const steps: readonly Step[] = [...searching, ...writing];
