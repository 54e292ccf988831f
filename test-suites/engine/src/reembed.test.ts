import { inMemory, type MigrationProgress } from "@loci/core";
import { scopeFilter } from "@loci/core/store";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder, fakeWideEmbedder } from "./letter-embedder.ts";
import { acme, alice, everything, fill, found, rival } from "./sample-organization.ts";
import { allStores } from "./stores.ts";
import { tapped } from "./tapped-store.ts";

describe.each(allStores)("an organization on $name", { timeout: 600_000 }, ({ make }) => {
  it("is re-embedded, gone back to and confirmed, for every process at once", async () => {
    const old = fakeLetterEmbedder();
    const wide = fakeWideEmbedder();
    const store = make();
    const before = new Memory({ store, embedder: old });
    await fill(before);
    await expect(found(new Memory({ store, embedder: wide }), "zebra boat")).rejects.toMatchObject({
      code: "EMBEDDER_MISMATCH",
      message: expect.stringContaining("formerEmbedders"),
    });
    const both = { store, embedder: wide, formerEmbedders: [old] };
    const [memory, other] = [new Memory(both), new Memory(both)];
    const was = await everything(memory);
    expect(await memory.organization(acme.orgId).planReembedding()).toMatchObject({
      kind: "plan",
      memories: 4,
      tokens: expect.any(Number),
      from: { id: "fake-letters" },
      to: { id: "fake-wide-letters", dimensions: 27 },
    });
    await everything(other);
    expect(await memory.organization(acme.orgId).reembed()).toMatchObject({
      memories: 4,
      copied: 4,
      receipt: null,
    });
    expect(await memory.organization(acme.orgId).reembed()).toMatchObject({
      memories: 4,
      copied: 0,
      receipt: null,
    });
    const { results } = await other.add("The zebra boat leaves at nine", alice);
    expect(await found(memory, "zebra boat")).toContain("The zebra boat leaves at nine");
    // What is deleted is deleted in what is kept to go back to as well.
    const [doomed] = was.filter(({ text }) => text === "I live in Rome");
    await other.delete(doomed?.id ?? "", alice);
    await expect(memory.organization(acme.orgId).move({ to: { cell: "default" } })).rejects.toMatchObject({
      code: "ORGANIZATION_BUSY",
      message: expect.stringContaining("confirm()"),
    });
    const reverted = await memory.organization(acme.orgId).revert();
    expect(reverted.receipt).toMatchObject({ kind: "reembed", memories: 4 });
    const now = await everything(before);
    expect(now.map(({ text }) => text).sort()).toEqual(
      [
        ...was.filter(({ id }) => id !== doomed?.id).map(({ text }) => text),
        "The zebra boat leaves at nine",
      ].sort(),
    );
    expect(now.map(({ id }) => id)).toContain(results[0]?.id);
    expect(await found(before, "zebra boat")).toContain("The zebra boat leaves at nine");
    await expect(memory.organization(acme.orgId).confirm()).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await memory.organization(acme.orgId).reembed();
    const receipt = await memory.organization(acme.orgId).confirm();
    expect(receipt).toMatchObject({ kind: "reembed", orgId: "acme", memories: 4 });
    await expect(found(before, "zebra boat")).rejects.toMatchObject({ code: "EMBEDDER_MISMATCH" });
    expect(await everything(new Memory({ store, embedder: wide }))).toEqual(now);
    await expect(memory.organization(acme.orgId).revert()).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(await everything(other, rival)).toHaveLength(1);
  });

  it("forgets and ends in what is kept, too", async () => {
    const old = fakeLetterEmbedder();
    const tap = tapped(make());
    const memory = new Memory({ store: tap.store, embedder: fakeWideEmbedder(), formerEmbedders: [old] });
    const { results } = await memory.add(["one", "two", "three"], alice);
    await memory.add("shared", acme);
    tap.opened.clear();
    await memory.organization(acme.orgId).reembed({ embedder: old });
    const keys = [...tap.opened];
    const scope = scopeFilter({}, "within");
    const counts = async () => {
      const all = await Promise.all(
        keys.map((key) =>
          tap.store.open({ key: key as never }).then(
            async (namespace) => {
              const { records } = await namespace.list({ scope, limit: 100 });
              return records.filter(({ fields }) => fields.$placeholder === undefined).length;
            },
            () => undefined,
          ),
        ),
      );
      return all.filter((count) => count !== undefined);
    };
    expect((await counts()).filter((count) => count === 4)).toHaveLength(2);
    await memory.delete(results[2]?.id ?? "", alice);
    // In what is kept, the one beside it goes as well, which has its words: it would be copied back.
    expect((await counts()).filter((count) => count === 4)).toHaveLength(0);
    expect((await counts()).filter((count) => count === 3)).toHaveLength(1);
    const receipt = await memory.scope(alice).forget();
    expect(receipt.memories).toBe(2);
    expect(receipt.checks.join()).toContain("before the re-embedding");
    expect((await counts()).filter((count) => count === 1)).toHaveLength(2);
    const goodbye = await memory.organization(acme.orgId).offboard();
    expect(goodbye.checks.filter((check) => check.includes("no longer be opened"))).toHaveLength(2);
    expect((await counts()).filter((count) => count === 1)).toHaveLength(0);
    await expect(memory.organization(acme.orgId).reembed()).rejects.toMatchObject({
      code: "ORGANIZATION_GONE",
    });
  });
});

describe("a re-embedding", { timeout: 60_000 }, () => {
  it("is named by a deletion beside it, whose text its copy may hold, and not by one after it", async () => {
    const letters = fakeLetterEmbedder();
    const wide = fakeWideEmbedder();
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const slow = {
      ...wide,
      embed: async (...given: Parameters<typeof wide.embed>) => {
        begun.resolve();
        await goOn.promise;
        return wide.embed(...given);
      },
    };
    const memory = new Memory({ store: inMemory(), embedder: letters, formerEmbedders: [slow] });
    const { results } = await memory.add(["the harbour", "the mill"], alice);
    const [harbour = "", mill = ""] = results.map(({ id }) => id);
    const reembedding = memory.organization(acme.orgId).reembed({ embedder: slow });
    await begun.promise;
    const { residue } = await memory.delete(harbour, alice);
    expect(residue.map(({ where }) => where)).toEqual(["the unfinished copy of a migration"]);
    goOn.resolve();
    await reembedding;
    expect((await memory.delete(mill, alice)).residue).toEqual([]);
  });

  it("gives vectors to an organization that had none", async () => {
    const store = inMemory();
    const embedder = fakeWideEmbedder();
    await new Memory({ store, embedder: null }).add(["the harbour", "the mill"], alice);
    const memory = new Memory({ store, embedder, formerEmbedders: [null] });
    const [first] = await memory.search("harbour", { ...alice, explain: true });
    expect(first?.explanation).toHaveProperty("keyword");
    expect(first?.explanation).not.toHaveProperty("similarity");
    expect(await memory.organization(acme.orgId).planReembedding()).toMatchObject({
      memories: 2,
      from: null,
    });
    await memory.organization(acme.orgId).reembed();
    await memory.organization(acme.orgId).confirm();
    const [found] = await memory.search("harbour", { ...alice, explain: true });
    expect(found?.explanation).toHaveProperty("similarity");
  });

  it("leaves everything as it is when it fails, is aborted or cancelled", async () => {
    let fails = true;
    const broken = fakeWideEmbedder({
      embed: async (texts, options) => {
        if (fails) throw new Error("no power");
        return fakeWideEmbedder().embed(texts, options);
      },
    });
    const store = inMemory();
    const old = fakeLetterEmbedder();
    await new Memory({ store, embedder: old }).add(["one", "two"], alice);
    const memory = new Memory({ store, embedder: broken, formerEmbedders: [old] });
    await expect(memory.organization(acme.orgId).reembed()).rejects.toThrow(/no power/);
    await memory.add("three", alice);
    // What has failed holds nobody up: its copy goes, with what is to be forgotten.
    expect(await memory.scope(alice).forget()).toMatchObject({ memories: 3 });
    await memory.organization(acme.orgId).cancelMigration();
    await memory.add("four", alice);
    const controller = new AbortController();
    fails = false;
    await expect(
      memory
        .organization(acme.orgId)
        .reembed({ signal: controller.signal, onProgress: () => controller.abort() }),
    ).rejects.toMatchObject({ name: "AbortError" });
    expect(await memory.organization(acme.orgId).reembed()).toMatchObject({ memories: 1 });
    expect((await everything(memory)).map(({ text }) => text)).toEqual(["four"]);
  });

  it("begins again when it was begun for another embedder", async () => {
    const store = inMemory();
    const old = fakeLetterEmbedder();
    const [first, second] = [fakeWideEmbedder({ id: "fake-first" }), fakeWideEmbedder({ id: "fake-second" })];
    await new Memory({ store, embedder: old }).add(["one", "two"], alice);
    const memory = new Memory({ store, embedder: first, formerEmbedders: [old, second] });
    const controller = new AbortController();
    const stopAt = (phase: string) => (said: MigrationProgress) => {
      if (said.phase === phase) controller.abort();
    };
    const interrupted = memory.organization(acme.orgId).reembed({
      embedder: second,
      signal: controller.signal,
      onProgress: stopAt("switching"),
    });
    await expect(interrupted).rejects.toMatchObject({ name: "AbortError" });
    await memory.organization(acme.orgId).reembed({ embedder: first });
    await memory.organization(acme.orgId).confirm();
    expect(await everything(new Memory({ store, embedder: first }))).toHaveLength(2);
  });
});
