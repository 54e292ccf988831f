import { inMemory, LociError, Memory } from "@loci/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, chunked, linesOf, linkJson } from "./dump-lines.ts";
import { acme, alice, fillAndExport, importing, observe } from "./exported-organization.ts";
import { fakeLetterEmbedder } from "./letter-embedder.ts";

type Line = readonly [part: string, content: unknown];

/** JSON texts that no dump holds where they are put, or not often. */
const hostileJson = [
  ..."null true false 0 -1 0.5 1e300 -1e300 8640000000000001 -8640000000000001 4611686018427387904 [] {} [null] [[]]".split(
    " ",
  ),
  ...["", " ", "*", "a\u0000b", "\ud800", "e\u0301", "__proto__", "2026-11-27", "x".repeat(300)].map((text) =>
    JSON.stringify(text),
  ),
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":1}}',
  '{"toString":null,"valueOf":null}',
  '{"length":1,"0":"a"}',
  "[".repeat(50_000) + "]".repeat(50_000),
  JSON.stringify("x".repeat(70_000)),
  ...[[1], Array(26).fill(0), Array(26).fill(Number.NaN), Array(26).fill(1e30), Array(27).fill(1)].map(
    (numbers) => JSON.stringify(Buffer.from(Float32Array.from(numbers).buffer).toString("base64")),
  ),
];

/** Every place in a value, by its path. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  const below = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [path, ...below.flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

const hole = "\u0001hole\u0001";

/** The JSON of a value in which one place is replaced, left out, or given another key. */
function mutate(value: unknown, at: number, json: string, how: "replace" | "remove" | "add" | "key"): string {
  const paths = pathsOf(value);
  const path = paths[at % paths.length] ?? [];
  const key = path.at(-1);
  if (key === undefined || how === "replace") {
    const copy = { root: structuredClone(value) };
    let parent: Record<string, unknown> = copy;
    let last = "root";
    for (const step of path) {
      parent = parent[last] as Record<string, unknown>;
      last = step;
    }
    parent[last] = hole;
    return JSON.stringify(copy.root).replace(JSON.stringify(hole), () => json);
  }
  const copy = structuredClone(value);
  let parent = copy as Record<string, unknown>;
  for (const step of path.slice(0, -1)) parent = parent[step] as Record<string, unknown>;
  if (how === "remove") {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
    return JSON.stringify(copy);
  }
  const added = how === "key" ? "__proto__" : "unknown";
  if (Array.isArray(parent)) parent.push(hole);
  else Object.defineProperty(parent, added, { value: hole, enumerable: true });
  return JSON.stringify(copy).replace(JSON.stringify(hole), () => json);
}

/** An import either succeeds and leaves a sound organization, or fails with a typed error and leaves nothing visible. */
async function importSafely(bytes: Uint8Array, size?: number): Promise<"imported" | LociError> {
  const { target, done } = importing(chunked(bytes, size));
  const outcome = await done.then(
    () => "imported" as const,
    (error: unknown) => error,
  );
  expect(Object.prototype).not.toHaveProperty("x");
  if (outcome === "imported") {
    await observe(target, "acme");
    const again = await bytesOf(await target.organization(acme.orgId).export());
    await importing(chunked(again)).done;
    return outcome;
  }
  if (!LociError.isInstance(outcome)) throw outcome;
  expect(outcome.code, outcome.message).toBe("INVALID_DUMP");
  expect(outcome.message).toMatch(/^(The dump|Line \d+ of the dump) /);
  expect(outcome.message.length).toBeLessThan(600);
  expect((await target.organizations()).organizations).toEqual([]);
  const visible = await target.list(alice).then(
    ({ memories }) => memories,
    ({ code }) => code,
  );
  expect([[], "ORGANIZATION_BUSY"]).toContainEqual(visible);
  return outcome;
}

describe("a dump from outside", { timeout: 120_000 }, () => {
  const memory = new Memory({ store: inMemory(), embedder: fakeLetterEmbedder() });
  const exported = fillAndExport(memory);
  const parts = exported.then((dump) =>
    linesOf(dump).map((line): Line => {
      const { chain: _, ...rest } = JSON.parse(line);
      return Object.entries(rest)[0] as unknown as Line;
    }),
  );

  it("never has an untyped error, whatever is in its place in linked lines", async () => {
    const lines = await parts;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(lines.length - 1),
        fc.nat(1000),
        fc.constantFrom(...hostileJson),
        fc.constantFrom("replace", "remove", "add", "key"),
        async (at, place, json, how) => {
          const changed = lines.map(([part, content], index): [string, string] => [
            part,
            index === at ? mutate(content, place, json, how) : JSON.stringify(content),
          ]);
          const outcome = await importSafely(linkJson(changed));
          if (outcome === "imported") return;
          refused += 1;
          expect((outcome as LociError & { line: number }).line).toBeGreaterThan(0);
        },
      ),
      { numRuns: 1500 },
    );
    expect(refused).toBeGreaterThan(500);
  });

  it("never has an untyped error, whichever lines are linked", async () => {
    const lines = (await parts).map(([part, content]): [string, string] => [part, JSON.stringify(content)]);
    const line = fc.oneof(
      fc.constantFrom(...lines),
      fc.tuple(
        fc.constantFrom("header", "record", "footer", "other"),
        fc.constantFrom(...hostileJson, "", "{", "{}}"),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), fc.boolean(), async (some, starts) => {
        await importSafely(linkJson(starts ? [lines[0] as [string, string], ...some] : some));
      }),
      { numRuns: 500 },
    );
  });

  it("never has an untyped error, whatever bytes are in it", async () => {
    const dump = await exported;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(dump.length),
        fc.nat(20),
        fc.uint8Array({ maxLength: 20 }),
        fc.integer({ min: 1, max: 4096 }),
        async (at, removed, added, size) => {
          const bytes = Buffer.concat([dump.subarray(0, at), added, dump.subarray(at + removed)]);
          await importSafely(bytes, size);
        },
      ),
      { numRuns: 500 },
    );
  });
});
