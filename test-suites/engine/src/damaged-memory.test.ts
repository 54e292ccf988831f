import { inMemory, LociError, Memory, type VectorStore } from "@loci/core";
import { describe, expect, it } from "vitest";
import { bytesOf, chunked } from "./dump-lines.ts";
import { fakeLetterEmbedder } from "./letter-embedder.ts";

const acme = { orgId: "acme" };
const alice = { orgId: "acme", userId: "alice" };

/** A store that damages what it is given to keep of one memory, while it is told how. */
function damaging(store: VectorStore): { readonly store: VectorStore; damage?: (payload: string) => string } {
  const state: { store: VectorStore; damage?: (payload: string) => string } = {
    store: {
      ...store,
      async open(request) {
        const namespace = await store.open(request);
        const { searchText } = namespace;
        return {
          manifest: namespace.manifest,
          upsert: ({ records, ...rest }) =>
            namespace.upsert({
              records: records.map((record) => ({
                ...record,
                payload:
                  state.damage && record.payload.includes("zebra")
                    ? state.damage(record.payload)
                    : record.payload,
              })),
              ...rest,
            }),
          search: (query) => namespace.search(query),
          ...(searchText ? { searchText: (query) => searchText.call(namespace, query) } : {}),
          get: (query) => namespace.get(query),
          list: (query) => namespace.list(query),
          delete: (query) => namespace.delete(query),
          count: (query) => namespace.count(query),
        };
      },
    },
  };
  return state;
}

/** Changes the JSON of a payload. */
const changed = (changes: object) => (payload: string) =>
  JSON.stringify({ ...JSON.parse(payload), ...changes });

describe("a memory whose stored content is damaged", () => {
  const damages: Readonly<Record<string, readonly [damage: (payload: string) => string, message: string]>> = {
    "cut off": [(payload) => payload.slice(0, 20), "it is not JSON"],
    empty: [() => "", "it is not JSON"],
    null: [() => "null", "memory must be an object, not null"],
    "a list": [() => "[]", "memory must be an object, not an array"],
    "without its history": [changed({ revisions: undefined }), "memory.revisions is missing"],
    "with an empty history": [changed({ revisions: [] }), "memory.revisions must be a list"],
    "with a null in its history": [changed({ revisions: [null] }), "memory.revisions[0] must be an object"],
    "without a text": [
      changed({ revisions: [{ event: "added", at: 0, metadata: {} }] }),
      "memory.revisions[0].text is missing",
    ],
    "with a time of another type": [changed({ validTo: "never" }), "memory.validTo must be milliseconds"],
    "with a time that is none": [changed({ createdAt: 1e300 }), "memory.createdAt must be a whole number"],
    "of a later version": [changed({ version: 2 }), "memory.version must be 1, not 2"],
  };

  for (const [what, [damage, message]] of Object.entries(damages))
    it(`has a typed error that names it: ${what}`, async () => {
      const state = damaging(inMemory());
      const memory = new Memory({ store: state.store, embedder: fakeLetterEmbedder() });
      await memory.add("a horse", acme);
      const { results } = await memory.add("the zebra boat", alice);
      const id = results[0]?.id ?? "";
      const dump = await bytesOf(await memory.organization("acme").export());
      state.damage = damage;
      await memory.update(id, { text: "the zebra ferry" }, alice);
      delete state.damage;

      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        get: () => memory.get(id, alice),
        list: () => memory.list(alice),
        search: () => memory.search("zebra ferry", alice),
        context: () => memory.context("zebra ferry", alice),
        history: () => memory.history(id, alice),
        update: () => memory.update(id, { text: "new" }, alice),
        add: () => memory.add("another", { ...alice, supersedes: id }),
        export: async () => bytesOf(await memory.organization("acme").export()),
      };
      for (const [name, call] of Object.entries(calls)) {
        const error = await call().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (!LociError.isInstance(error)) expect.fail(`${name}: ${String(error)}`);
        expect(error, name).toMatchObject({ code: "STORE_FAILURE", retryable: false });
        expect(error.message, name).toContain(
          `Memory ${JSON.stringify(id)} cannot be read, since its stored content is damaged: ${message}`,
        );
        if (what === "of a later version")
          expect(error.message).toContain("Another version of Loci wrote it");
      }
      // The others are not harmed, and both ways out that the error names are ways out.
      expect((await memory.list(acme)).memories.map(({ text }) => text)).toEqual(["a horse"]);
      await expect(memory.organization("acme").import(chunked(dump))).rejects.toMatchObject({
        code: "IMPORT_CONFLICT",
        ids: [id],
      });
      const copy = await memory.organization("acme").import(chunked(dump), { conflicts: "overwrite" });
      expect(copy).toMatchObject({ imported: 1, unchanged: 1 });
      expect((await memory.get(id, alice))?.text).toBe("the zebra boat");
      const again = async () => {
        state.damage = damage;
        await memory.update(id, { text: "the zebra ferry" }, alice);
        delete state.damage;
      };
      await again();
      expect(await memory.delete(id, alice)).toMatchObject({ deleted: 1 });
      await memory.organization("acme").import(chunked(dump));
      await again();
      expect(await memory.scope(alice).forget()).toMatchObject({ memories: 1 });
      await memory.organization("acme").import(chunked(dump));
      await again();
      await memory.deleteAll(alice);
      expect((await memory.list(alice)).memories.map(({ text }) => text)).toEqual(["a horse"]);
    });
});
