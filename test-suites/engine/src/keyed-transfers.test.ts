import { defineKeyProvider, exportToMarkdown, inMemory, type MemoryOptions } from "@loci/core";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { bytesOf, chunked, link } from "./dump-lines.ts";
import { fakeLetterEmbedder, fakeWideEmbedder } from "./letter-embedder.ts";
import { fakeMasterKeys } from "./master-keys.ts";
import { engineStores } from "./stores.ts";

const acme = { orgId: "acme" };
const alice = { orgId: "acme", userId: "alice" };
const key = "notes/first";

/** Stores what the tests look for. */
async function fill(memory: Memory): Promise<void> {
  for (const text of ["a zebra", "a boat"]) await memory.add(text, { ...alice, key, metadata: { text } });
  await memory.add("shared", { ...acme, key });
  await memory.add("no note", alice);
}

/** Whether everything about the key is as it was filled, and the key still names the one memory there is. */
async function expectWhole(memory: Memory, orgId = "acme"): Promise<void> {
  const scope = { orgId, userId: "alice" };
  const before = await memory.get({ key }, scope);
  expect(before).toMatchObject({ key, text: "a boat", metadata: { text: "a boat" }, revision: 2 });
  expect((await memory.history({ key }, scope)).map(({ text }) => text)).toEqual(["a zebra", "a boat"]);
  const { memories } = await memory.list({ ...scope, keyPrefix: "notes" });
  expect(memories.map(({ text }) => text).sort()).toEqual(["a boat", "shared"]);
  expect((await memory.search("a boat", scope))[0]).toMatchObject({ key, id: before?.id });
  expect((await memory.add("a boat", { ...scope, key })).results).toMatchObject([
    { status: "unchanged", id: before?.id },
  ]);
}

describe.each(engineStores)(
  "keyed memories of an organization on $name",
  { timeout: 300_000 },
  ({ make }) => {
    const open = (options: Partial<MemoryOptions> = {}) =>
      new Memory({ store: make(), embedder: fakeLetterEmbedder(), ...options });
    const exported = async (memory: Memory) => bytesOf(await memory.organization("acme").export());

    it.each([{}, { keys: defineKeyProvider("masters", fakeMasterKeys()) }])(
      "are exported, and imported here and into another organization: %o",
      async (options) => {
        const memory = open(options);
        await fill(memory);
        const dump = await exported(memory);
        expect(dump.toString()).toContain(`"version":2`);
        const copied = await memory.organization("copy").import(chunked(dump), { from: "acme" });
        expect(copied).toMatchObject({ imported: 3, vectors: "kept" });
        await expectWhole(memory, "copy");
        await expectWhole(memory);
        expect(await memory.organization("acme").import(chunked(dump))).toMatchObject({ unchanged: 3 });
        const elsewhere = new Memory({ store: inMemory(), embedder: fakeLetterEmbedder(), ...options });
        await elsewhere.organization("acme").import(chunked(dump));
        await expectWhole(elsewhere);
        // What has the key there is what the dump conflicts with.
        await elsewhere.update({ key }, { text: "a ferry" }, alice);
        await expect(elsewhere.organization("acme").import(chunked(dump))).rejects.toMatchObject({
          code: "IMPORT_CONFLICT",
        });
        await elsewhere.organization("acme").import(chunked(dump), { conflicts: "overwrite" });
        await expectWhole(elsewhere);
      },
    );

    it("move, are embedded again, encrypted anew and brought back", async () => {
      const cells = { here: { store: make() }, there: { store: inMemory() } };
      const embedders = { letters: fakeLetterEmbedder(), wide: fakeWideEmbedder() };
      const keys = defineKeyProvider("masters", fakeMasterKeys());
      const memory = new Memory({
        cells,
        registry: inMemory(),
        embedder: embedders.wide,
        formerEmbedders: [embedders.letters],
        keys,
      });
      await fill(memory);
      const organization = memory.organization("acme");
      const from = (await memory.organizations()).organizations[0]?.cell;
      await organization.move({ to: { cell: from === "here" ? "there" : "here" } });
      await expectWhole(memory);
      await organization.reembed({ embedder: embedders.letters });
      await expectWhole(memory);
      await organization.revert();
      await expectWhole(memory);
      await organization.rotateKey();
      await expectWhole(memory);
    });

    it("are shown with their keys on a page of what is known", async () => {
      const memory = open();
      await fill(memory);
      const page = exportToMarkdown(await memory.scope(alice).export());
      expect(await new Response(page).text()).toContain(
        `a boat\n  - from the user, under the key \`${key}\`\n`,
      );
    });

    it("are forgotten", async () => {
      const memory = open();
      await fill(memory);
      expect(await memory.scope(alice).forget()).toMatchObject({ memories: 2 });
      expect((await memory.get({ key }, alice))?.text).toBe("shared");
      expect(await memory.deleteAll(acme)).toMatchObject({ deleted: 1 });
      expect(await memory.get({ key }, alice)).toBeNull();
      await fill(memory);
      await expectWhole(memory);
      await memory.organization("acme").offboard();
      await memory.organization("acme").onboard();
      expect(await memory.get({ key }, alice)).toBeNull();
    });
  },
);

describe("a dump with keys", () => {
  const header = {
    loci: "dump",
    version: 2,
    kind: "organization",
    orgId: "acme",
    scope: {},
    embedder: null,
    exportedAt: "2026-11-21T10:00:00.000Z",
  };
  const recordOf = (id: string, memory: object = {}, user = "alice") => ({
    id,
    user,
    agent: "",
    run: "",
    memory: {
      version: 1,
      createdAt: 1,
      validFrom: 1,
      revisions: [{ event: "added", at: 1, text: id, metadata: {} }],
      ...memory,
    },
  });
  const importing = (records: readonly object[], version = 2) => {
    const memory = new Memory({ store: inMemory() });
    const lines = records.map((record) => ["record", record] as const);
    const parts = [
      ["header", { ...header, version }],
      ...lines,
      ["footer", { records: records.length }],
    ] as const;
    return { memory, done: memory.organization("acme").import(link(parts)) };
  };

  it("is read from before there were keys", async () => {
    const { memory, done } = importing([recordOf("one"), recordOf("two")], 1);
    expect(await done).toMatchObject({ imported: 2 });
    expect((await memory.list(alice)).memories).toHaveLength(2);
    await expect(importing([], 3).done).rejects.toThrow("versions 1 and 2");
  });

  it("gives a key the id that it has here, whatever it says", async () => {
    const { memory, done } = importing([recordOf("any", { key }), recordOf("any", { key }, "bob")]);
    expect(await done).toMatchObject({ imported: 2 });
    expect(await memory.get({ key }, alice)).toMatchObject({ text: "any", key });
    expect((await memory.get({ key }, alice))?.id).not.toBe("any");
    expect((await memory.add("one", { ...alice, key })).results).toMatchObject([{ status: "updated" }]);
    expect((await memory.list(alice)).memories).toHaveLength(1);
  });

  it.each([
    [
      "two memories of one key",
      [recordOf("one", { key }), recordOf("two", { key })],
      "has the key of an earlier line",
    ],
    ["a key that is none", [recordOf("one", { key: "a\u0000" })], "memory.key contains a control character"],
    ["a key of another type", [recordOf("one", { key: 7 })], "memory.key must be a string, not a number"],
  ])("is refused with %s", async (_, records, problem) => {
    await expect(importing(records).done).rejects.toThrow(problem);
  });
});
