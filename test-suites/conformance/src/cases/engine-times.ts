import type { Memory } from "@loci/core";
import type { ConformanceCase } from "../conformance-case.ts";
import { textsOfItems } from "../engine-fixtures.ts";
import { same } from "../fixtures.ts";

const alice = { orgId: "acme", userId: "alice" };
/** Of years ago, so that nothing else is of these moments. */
const moment = Date.UTC(2023, 10, 14, 22, 13, 20);
const at = (offset: number) => new Date(moment + offset);
/** Until a memory expires, in milliseconds. */
const life = 300;

/** When a memory begins, ends and expires, to the millisecond, in the memory on top. */
export const engineTimes: readonly ConformanceCase[] = [
  {
    id: "times-hold-at-their-bounds",
    claim:
      "What held at a moment is what had begun by then and had not ended yet, to the millisecond, by listing and searching.",
    level: "core",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      const said = async (text: string, offset: number, options: { supersedes?: string } = {}) => {
        const message = { role: "user" as const, content: text, timestamp: at(offset) };
        return (await memory.add([message], { ...alice, ...options })).results[0]?.id ?? "";
      };
      const ids = [await said("the first lives in Bonn", -1000)];
      ids.push(await said("the second lives in Berlin", 0, { supersedes: ids[0] as string }));
      for (const offset of [-1, 0, 1]) ids.push(await said(`begun ${offset} lives in Rome`, offset));
      for (const offset of [-2, -1, 0, 1, 2]) {
        const begun = [-1, 0, 1].filter((one) => one <= offset).map((one) => `begun ${one} lives in Rome`);
        const first = "the first lives in Bonn";
        const second = offset < 0 ? [] : ["the second lives in Berlin"];
        const held = [...begun, ...(offset < 0 ? [first] : second)].toSorted();
        // Whoever knows its id also reads what has ended.
        const known = [...begun, first, ...second].toSorted();
        for (const [way, seen] of Object.entries(await readAll(memory, ids, { asOf: at(offset) }))) {
          const expected = way === "get" ? known : held;
          check(
            same(seen, expected),
            () =>
              `As of ${offset} ms from the moment, ${way} should find ${expected.join(", ")}, and found ${seen.join(", ") || "nothing"}.`,
          );
        }
      }
    },
  },
  {
    id: "expired-memories-are-gone",
    claim: "A memory is found until it expires, and by no way of reading afterwards.",
    level: "core",
    layer: "engine",
    async run({ memory: make, check }) {
      const memory = make();
      await memory.add("the lasting one lives in Rome", alice);
      const expiresAt = new Date(Date.now() + life);
      const { results } = await memory.add("the passing one lives in Rome", { ...alice, expiresAt });
      const ids = [results[0]?.id ?? ""];
      for (let isOver = false; !isOver; ) {
        const start = Date.now();
        const seen = await readAll(memory, ids, {});
        isOver = start >= expiresAt.getTime();
        const isThere = Date.now() < expiresAt.getTime();
        // What expires during a read may be found by one way and not by another.
        for (const [way, texts] of Object.entries(seen)) {
          const found = texts.includes("the passing one lives in Rome");
          check(
            !(isThere && !found) && !(isOver && found),
            () => `${way} ${found ? "found" : "missed"} a memory ${isThere ? "before" : "after"} it expired.`,
          );
        }
      }
    },
  },
];

/** What every way of reading finds. Those that take ids are asked for some. */
async function readAll(
  memory: Memory,
  ids: readonly string[],
  options: { readonly asOf?: Date },
): Promise<Readonly<Record<string, readonly string[]>>> {
  const scope = { ...alice, ...options };
  const got = await Promise.all(ids.map((id) => memory.get(id, scope)));
  return {
    list: textsOfItems((await memory.list(scope)).memories),
    search: textsOfItems(await memory.search("who lives in Rome", { ...scope, limit: 100 })),
    get: textsOfItems(got.filter((item) => item !== null)),
  };
}
