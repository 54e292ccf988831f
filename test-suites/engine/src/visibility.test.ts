import { chosenEffort } from "@loci/backends";
import { Memory, type Scope } from "@loci/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engineStores, findsWords } from "./stores.ts";

// Names that a prefix, a separator, a glob, a case fold or a normalization would take for one another.
const names = ["a", "ab", "A", "a:b", "%", "_", "a b", "ａ", "*a", "null"];
const identifier = fc.constantFrom(...names);
const scopeArbitrary: fc.Arbitrary<Scope> = fc.record(
  { orgId: identifier, userId: identifier, agentId: identifier, runId: identifier },
  { requiredKeys: ["orgId"] },
);

/** The rule, in the words of the design: every field set in S is set to the same value in T. */
function covers(s: Scope, t: Scope): boolean {
  return (Object.keys(s) as (keyof Scope)[]).every((key) => s[key] === t[key]);
}

const sameScope = (s: Scope, t: Scope) => covers(s, t) && covers(t, s);
const describeScope = (scope: Scope) => JSON.stringify(Object.entries(scope).sort());

describe.each(engineStores.filter(findsWords))(
  "visibility on $name",
  { timeout: 300_000 },
  ({ make, share }) => {
    it("lets a read see, and a write reach, exactly what the rule says", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(scopeArbitrary, { minLength: 2, maxLength: 12, selector: describeScope }),
          scopeArbitrary,
          async (written, reader) => {
            const memory = new Memory({ store: make() });
            // The canary in each text names its writer.
            for (const scope of written) await memory.add(`canary of ${describeScope(scope)}`, scope);
            const texts = (scopes: readonly Scope[]) =>
              scopes.map((scope) => `canary of ${describeScope(scope)}`).sort();
            const expected = {
              visible: texts(written.filter((scope) => covers(scope, reader))),
              own: texts(written.filter((scope) => sameScope(scope, reader))),
              within: texts(written.filter((scope) => covers(reader, scope))),
            };
            for (const levels of ["visible", "own", "within"] as const) {
              const found = await memory.search("canary", { ...reader, levels, limit: 1000 });
              expect(found.map(({ text }) => text).sort()).toEqual(expected[levels]);
              const { memories } = await memory.list({ ...reader, levels, limit: 1000 });
              expect(memories.map(({ text }) => text).sort()).toEqual(expected[levels]);
            }
            const all = await Promise.all(written.map((scope) => memory.list({ ...scope, levels: "own" })));
            const everything = all.flatMap(({ memories }) => memories);
            for (const item of everything) {
              const sees = expected.visible.includes(item.text);
              expect(await memory.get(item.id, reader)).toEqual(sees ? item : null);
              expect(await memory.history(item.id, reader)).toHaveLength(sees ? 1 : 0);
              const update = memory.update(item.id, { metadata: { seen: true } }, reader);
              if (expected.within.includes(item.text)) await update;
              else await expect(update).rejects.toMatchObject({ code: "MEMORY_NOT_FOUND" });
            }
            expect(await memory.deleteAll(reader)).toMatchObject({ deleted: expected.within.length });
            const left = await Promise.all(written.map((scope) => memory.list({ ...scope, levels: "own" })));
            expect(left.flatMap(({ memories }) => memories.map(({ text }) => text)).sort()).toEqual(
              texts(written.filter((scope) => !covers(reader, scope))),
            );
            await memory.close();
          },
        ),
        { numRuns: Math.ceil(share * chosenEffort().traces) },
      );
    });

    it("answers an id of somebody else exactly as one that does not exist", async () => {
      const memory = new Memory({ store: make() });
      const { results } = await memory.add("the secret of rival", { orgId: "rival" });
      await memory.add("the secret of bob", { orgId: "acme", userId: "bob" });
      const [bobs] = (await memory.list({ orgId: "acme", userId: "bob", levels: "own" })).memories;
      const foreign = [results[0]?.id ?? "", bobs?.id ?? ""];
      const absent = "00000000-0000-8000-8000-000000000000";
      const alice = memory.scope({ orgId: "acme", userId: "alice" });
      const outcome = async (call: Promise<unknown>, id: string) =>
        call.then(
          (value) => JSON.stringify(value),
          (error: Error) =>
            `${error.name}: ${error.message.replaceAll(id, "ID")} ${JSON.stringify(error).replaceAll(id, "ID")}`,
        );
      for (const operation of [
        (id: string) => alice.get(id),
        (id: string) => alice.getMany([id]),
        (id: string) => alice.history(id),
        (id: string) => alice.update(id, { text: "mine now" }),
        (id: string) => alice.updateMany([{ id, text: "mine now" }]),
        (id: string) => alice.delete(id),
        (id: string) => alice.add("a replacement", { supersedes: id }),
      ]) {
        const expected = await outcome(operation(absent), absent);
        for (const id of foreign) expect(await outcome(operation(id), id)).toBe(expected);
      }
      expect((await memory.list({ orgId: "rival" })).memories.map(({ text }) => text)).toEqual([
        "the secret of rival",
      ]);
      expect(
        (await memory.list({ orgId: "acme", levels: "within" })).memories.map(({ text }) => text),
      ).toEqual(["the secret of bob"]);
    });

    it("gives a reader its results however many closer neighbours others have", async () => {
      const memory = new Memory({ store: make() });
      const crowd = Array.from({ length: 1000 }, (_, index) => `the coffee machine coffee coffee ${index}`);
      await memory.add(crowd, { orgId: "acme", userId: "bob" });
      await memory.add(["alice likes coffee", "alice likes tea", "alice has a machine"], {
        orgId: "acme",
        userId: "alice",
      });
      const found = await memory.search("coffee machine", { orgId: "acme", userId: "alice", limit: 3 });
      expect(found.map(({ text }) => text).sort()).toEqual([
        "alice has a machine",
        "alice likes coffee",
        "alice likes tea",
      ]);
    });

    it("shows an organization the same results, scores and order whatever another one stores", async () => {
      const observe = async (withRival: boolean) => {
        const memory = new Memory({ store: make() });
        await memory.add(["the red car", "the blue car is fast", "a fast train"], { orgId: "acme" });
        if (withRival) {
          await memory.add(
            Array.from({ length: 50 }, (_, index) => `the red car, fast and red ${index}`),
            { orgId: "rival" },
          );
          await memory.add("the red car", { orgId: "rival", userId: "eve" });
          await memory.organization("rival").offboard();
          await memory.organization("rival").onboard();
          await memory.add("the red car", { orgId: "rival" });
        }
        const found = await memory.search("fast red car", { orgId: "acme", explain: true });
        return found.map(({ createdAt: _, updatedAt: __, validFrom: ___, ...rest }) => rest);
      };
      expect(await observe(true)).toEqual(await observe(false));
    });
  },
);
