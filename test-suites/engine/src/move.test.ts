import { inMemory, type MemoryItem, type MigrationProgress, type VectorStore } from "@loci/core";
import { Memory, shortTimings } from "@loci/core/testing";
import { sqlite } from "@loci/sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { fakeLetterEmbedder, fakeWideEmbedder } from "./letter-embedder.ts";
import { acme, alice, everything, fill, found, rival } from "./sample-organization.ts";
import { allStores, temporaryFolder } from "./stores.ts";

function elsewhere(): VectorStore {
  const store = sqlite({ directory: temporaryFolder() });
  onTestFinished(() => store.close());
  return store;
}

describe.each(allStores)("an organization on $name", { timeout: 600_000 }, ({ make, name }) => {
  const embedder = name === "in-memory" ? null : fakeLetterEmbedder();

  it("moves to another backend and back, with everything", async () => {
    const here = make();
    const cells = { here: { store: here }, there: { store: elsewhere() } };
    const registry = inMemory();
    const memory = new Memory({ cells, registry, embedder });
    const other = new Memory({ cells, registry, embedder });
    await fill(memory);
    const before = await everything(memory);
    const searched = await found(memory, "harbour");
    const [first] = (await memory.organizations()).organizations.filter(({ orgId }) => orgId === "acme");
    const goes = first?.cell === "here" ? ["there", "here"] : ["here", "there"];
    const progress: MigrationProgress[] = [];
    for (const cell of goes) {
      await everything(other);
      const result = await memory
        .organization(acme.orgId)
        .move({ to: { cell }, onProgress: (said) => progress.push(said) });
      expect(result).toMatchObject({ cell, region: "default", memories: 4, copied: 4 });
      expect(result.receipt).toMatchObject({ kind: "move", orgId: "acme", memories: 4 });
      const left = cells[cell === "here" ? "there" : "here"].store;
      await expect(left.open({ key: result.receipt?.namespace as never })).rejects.toMatchObject({
        code: "NAMESPACE_NOT_FOUND",
      });
      for (const process of [memory, other]) {
        expect(await everything(process)).toEqual(before);
        expect(await found(process, "harbour")).toEqual(searched);
      }
      const { id } = before.find(({ text }) => text === "I live in Rome") as MemoryItem;
      expect((await memory.history(id, alice)).map(({ text }) => text)).toEqual([
        "I live in Paris",
        "I live in Rome",
      ]);
      expect((await memory.organizations()).organizations).toContainEqual(
        expect.objectContaining({ orgId: "acme", cell, state: "active" }),
      );
    }
    expect(new Set(progress.map(({ phase }) => phase))).toEqual(new Set(["copying", "switching", "purging"]));
    expect(await everything(memory, rival)).toHaveLength(1);
    // The same text is still the same memory.
    const again = await memory.add("The office is closed on Fridays", acme);
    expect(again.results[0]?.status).toBe("unchanged");
    await memory.organization(acme.orgId).offboard();
    await expect(everything(other)).rejects.toMatchObject({ code: "ORGANIZATION_GONE" });
  });
});

describe("a move", { timeout: 60_000 }, () => {
  const cells = () => ({ here: { store: inMemory() }, there: { store: inMemory() } });

  it("is done by one at a time, and taken over from one that is silent", async () => {
    const shared = { cells: cells(), registry: inMemory(), embedder: null };
    const [memory, other] = [new Memory(shared), new Memory(shared)];
    await memory.add("one", acme);
    const to = { cell: (await memory.organizations()).organizations[0]?.cell === "here" ? "there" : "here" };
    const first = memory.organization(acme.orgId).move({ to });
    const refused = { code: "ORGANIZATION_BUSY", retryable: true };
    await expect(memory.organization(acme.orgId).move({ to })).rejects.toMatchObject(refused);
    await new Promise((resolve) => setTimeout(resolve, shortTimings.lease / 2));
    await expect(other.organization(acme.orgId).move({ to })).rejects.toMatchObject(refused);
    const [second, overtaken] = await Promise.allSettled([
      other.organization(acme.orgId).move({ to, takeOver: true }),
      first,
    ]);
    expect(second.status).toBe("fulfilled");
    expect(overtaken).toMatchObject({
      status: "rejected",
      // Advice to offboard would delete the organization.
      reason: { code: "ORGANIZATION_BUSY", message: expect.not.stringContaining("offboard") },
    });
    expect(await everything(memory)).toHaveLength(1);
  });

  it("does not switch to a copy that is not what was copied", async () => {
    const lossy = inMemory();
    const there: VectorStore = {
      ...lossy,
      async open(request) {
        const namespace = await lossy.open(request);
        return {
          manifest: namespace.manifest,
          upsert: ({ records, ...options }) => namespace.upsert({ records: records.slice(1), ...options }),
          search: (query) => namespace.search(query),
          searchText: async (query) => (await namespace.searchText?.(query)) ?? [],
          get: (request) => namespace.get(request),
          list: (query) => namespace.list(query),
          delete: (request) => namespace.delete(request),
          count: (request) => namespace.count(request),
        };
      },
    };
    const here = { here: { store: inMemory() } };
    const shared = { registry: inMemory(), embedder: null };
    await new Memory({ cells: here, ...shared }).add(["one", "two", "three"], alice);
    const memory = new Memory({ cells: { ...here, there: { store: there } }, ...shared });
    await expect(memory.organization(acme.orgId).move({ to: { cell: "there" } })).rejects.toMatchObject({
      code: "STORE_FAILURE",
      message: expect.stringContaining("Nothing was switched"),
    });
    expect((await memory.organizations()).organizations[0]?.cell).toBe("here");
    expect(await everything(memory)).toHaveLength(3);
    await memory.add("four", alice);
  });

  it("copies anew what was indexed beside a memory that has changed since", async () => {
    const source = inMemory();
    const shared = { registry: inMemory(), embedder: null };
    const before = new Memory({ cells: { here: { store: source } }, ...shared });
    await before.add(
      Array.from({ length: 300 }, (_, at) => ({ role: "user" as const, content: `word${at}` })),
      acme,
    );
    const { memories } = await before.list({ ...acme, limit: 1000 });
    const order = memories.map(({ text }) => Number(text.slice(4)));
    // On the first page of the copy one message, and on the second the one before it.
    const first = order.slice(0, 200).find((at) => at > 0 && order.indexOf(at - 1) >= 200) ?? 0;
    const changed = memories.find(({ text }) => text === `word${first - 1}`)?.id ?? "";
    let lists = 0;
    const pausing: VectorStore = {
      ...source,
      async open(request) {
        const namespace = await source.open(request);
        return {
          ...namespace,
          manifest: namespace.manifest,
          upsert: (request) => namespace.upsert(request),
          search: (query) => namespace.search(query),
          searchText: async (query) => (await namespace.searchText?.(query)) ?? [],
          get: (request) => namespace.get(request),
          delete: (request) => namespace.delete(request),
          count: (request) => namespace.count(request),
          async list(query) {
            lists += 1;
            if (lists === 2) await before.update(changed, { text: "retold" }, acme);
            return namespace.list(query);
          },
        };
      },
      drop: (request) => source.drop(request),
    };
    const cells = { here: { store: pausing }, there: { store: inMemory() } };
    const memory = new Memory({ cells, ...shared });
    await memory.organization(acme.orgId).move({ to: { cell: "there" } });
    const keywordsOf = async (query: string) =>
      (await memory.search(query, { ...acme, limit: 3, explain: true }))
        .filter(({ explanation }) => explanation?.keyword)
        .map(({ text }) => text);
    expect(await keywordsOf("retold")).toContain(`word${first}`);
    expect(await keywordsOf(`word${first - 1}`)).toEqual([]);
  });

  it("ends an export that it overtakes with an error, and never with half of it", async () => {
    const shared = { cells: cells(), registry: inMemory(), embedder: null };
    const memory = new Memory(shared);
    await memory.add(
      Array.from({ length: 450 }, (_, at) => `memory ${at}`),
      acme,
    );
    const reader = (await memory.organization(acme.orgId).export()).getReader();
    await reader.read();
    const to = { cell: (await memory.organizations()).organizations[0]?.cell === "here" ? "there" : "here" };
    await memory.organization(acme.orgId).move({ to });
    const drain = async () => {
      while (!(await reader.read()).done);
    };
    await expect(drain()).rejects.toMatchObject({ code: "ORGANIZATION_BUSY", retryable: true });
  });

  it("refuses what cannot be before anything is written", async () => {
    const memory = new Memory({ cells: cells(), registry: inMemory(), embedder: null });
    await memory.add("one", acme);
    const invalid = { code: "INVALID_INPUT" };
    await expect(memory.organization(acme.orgId).move({ to: { cell: "nowhere" } })).rejects.toMatchObject(
      invalid,
    );
    await expect(memory.organization(acme.orgId).move({ to: { region: "mars" } })).rejects.toMatchObject(
      invalid,
    );
    await expect(memory.organization(acme.orgId).move({ to: {} })).rejects.toMatchObject(invalid);
    await expect(memory.organization(acme.orgId).move({} as never)).rejects.toMatchObject(invalid);
    await expect(
      memory.organization(acme.orgId).reembed({ embedder: fakeWideEmbedder() }),
    ).rejects.toMatchObject(invalid);
    await expect(memory.organization(acme.orgId).rotateKey()).rejects.toMatchObject(invalid);
    await expect(memory.organization("nobody").move({ to: { cell: "here" } })).rejects.toMatchObject({
      code: "ORGANIZATION_NOT_FOUND",
    });
  });

  it("ends with the organization", async () => {
    const shared = { cells: cells(), registry: inMemory(), embedder: null };
    const [memory, other] = [new Memory(shared), new Memory(shared)];
    await memory.add("one", acme);
    const to = { cell: (await memory.organizations()).organizations[0]?.cell === "here" ? "there" : "here" };
    const moving = memory.organization(acme.orgId).move({ to });
    moving.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, shortTimings.lease / 2));
    const receipt = await other.organization(acme.orgId).offboard();
    expect(receipt.checks.filter((check) => check.includes("no longer be opened"))).toHaveLength(2);
    await expect(moving).rejects.toMatchObject({ code: "ORGANIZATION_GONE" });
    await memory.organization(acme.orgId).onboard();
    expect(await everything(other)).toEqual([]);
  });
});
