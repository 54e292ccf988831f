import { inMemory, type MemoryOptions } from "@loci/core";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { hesitant } from "./hesitant-store.ts";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { fakeScriptedModel } from "./scripted-model.ts";
import { allStores } from "./stores.ts";

type Cells = NonNullable<MemoryOptions["cells"]>;

const acme = { orgId: "acme" };
const said = (facts: readonly string[]) =>
  fakeScriptedModel(() => ({
    facts: facts.map((text) => ({ message: 1, text, replaces: 0 })),
    removes: [],
  }));

describe("regions", () => {
  const regions = () => ({ eu: { store: inMemory() }, us: { store: inMemory() } });

  it("refuse what is ambiguous or shared before any I/O", async () => {
    const untouchable = new Proxy(inMemory(), {
      get: (target, name) => {
        if (name === "open" || name === "drop") return () => Promise.reject(new Error("touched"));
        return Reflect.get(target, name);
      },
    });
    const memory = new Memory({ regions: regions(), registry: untouchable });
    for (const call of [
      () => memory.organization(acme.orgId).onboard(),
      () => memory.organization(acme.orgId).onboard({ region: "mars" }),
      () => memory.organization(acme.orgId).onboard({ region: "EU" }),
      () => memory.organization(acme.orgId).onboard({ region: 5 as never }),
      () => memory.organization(acme.orgId).move({ to: { region: "mars" } }),
    ])
      await expect(call()).rejects.toMatchObject({ code: "INVALID_INPUT" });
    const store = inMemory();
    const bad: readonly MemoryOptions[] = [
      { regions: regions() },
      { regions: {}, registry: store },
      { regions: { "e/u": { store } }, registry: store },
      { regions: { eu: {} }, registry: store },
      { regions: { eu: { store }, us: { store } }, registry: store },
      { regions: regions(), registry: store, embedder: fakeLetterEmbedder() },
      { regions: regions(), registry: store, store },
      { cells: { one: { store } }, store },
      { cells: { one: { store, ceiling: 0 } } },
      { cells: { one: { store }, two: { store: inMemory() } } },
      { cells: [{ store }] as never },
      { store, formerEmbedders: "all" as never },
      {},
    ];
    for (const options of bad)
      expect(() => new Memory(options), JSON.stringify(Object.keys(options))).toThrow(
        expect.objectContaining({ code: "INVALID_INPUT" }),
      );
  });

  it("pin an organization, which only a move changes", async () => {
    const stacks = regions();
    const registry = inMemory();
    const memory = new Memory({ regions: stacks, registry });
    await expect(memory.add("one", acme)).rejects.toMatchObject({
      code: "ORGANIZATION_NOT_FOUND",
      message: expect.stringContaining("onboard({ region })"),
    });
    await memory.organization(acme.orgId).onboard({ region: "eu" });
    await memory.organization(acme.orgId).onboard({ region: "eu" });
    await expect(memory.organization(acme.orgId).onboard({ region: "us" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
    await memory.add("one", acme);
    expect((await memory.organizations()).organizations).toMatchObject([
      { orgId: "acme", region: "eu", cell: "default", state: "active" },
    ]);
    const dump = await new Response(await memory.organization(acme.orgId).export()).arrayBuffer();
    const again = () => new Blob([dump]).stream();
    await expect(memory.organization("copy").import(again(), { from: acme.orgId })).rejects.toMatchObject({
      code: "ORGANIZATION_NOT_FOUND",
    });
    await expect(memory.organization(acme.orgId).import(again(), { region: "us" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
    await memory.organization("copy").import(again(), { from: acme.orgId, region: "us" });
    expect((await memory.organizations()).organizations[0]).toMatchObject({ orgId: "copy", region: "us" });
    const european = new Memory({ regions: { eu: stacks.eu }, registry });
    expect((await european.list(acme)).memories).toHaveLength(1);
    await expect(european.list({ orgId: "copy" })).rejects.toMatchObject({
      code: "REGION_NOT_CONFIGURED",
      region: "us",
    });
    await memory.organization(acme.orgId).move({ to: { region: "us" } });
    await expect(european.list(acme)).rejects.toMatchObject({ code: "REGION_NOT_CONFIGURED" });
    await expect(european.organization(acme.orgId).offboard()).rejects.toMatchObject({
      code: "REGION_NOT_CONFIGURED",
    });
    expect((await memory.list(acme)).memories).toHaveLength(1);
    // It begins anew wherever it is onboarded then.
    await memory.organization(acme.orgId).offboard();
    await memory.organization(acme.orgId).onboard({ region: "eu" });
    expect((await european.list(acme)).memories).toEqual([]);
  });

  it("have what they were given, and borrow nothing", async () => {
    const european = said(["A fact of Europe"]);
    const memory = new Memory({
      regions: {
        eu: { store: inMemory(), languageModel: european, embedder: fakeLetterEmbedder() },
        us: { store: inMemory() },
      },
      registry: inMemory(),
    });
    await memory.organization("eu-org").onboard({ region: "eu" });
    await memory.organization("us-org").onboard({ region: "us" });
    const inEurope = await memory.add("what I said, a fact of Europe", { orgId: "eu-org" });
    expect(inEurope.results).toMatchObject([{ text: "A fact of Europe" }]);
    const inAmerica = await memory.add("what I said", { orgId: "us-org" });
    expect(inAmerica.results).toMatchObject([{ text: "what I said" }]);
    expect(inAmerica).not.toHaveProperty("extraction");
    for (const call of [
      () => memory.add("more", { orgId: "us-org", infer: true }),
      () => memory.scope({ orgId: "us-org" }).extractPending(),
    ])
      await expect(call()).rejects.toMatchObject({ code: "INVALID_INPUT", path: "languageModel" });
    expect(european.calls).toHaveLength(1);
    const [found] = await memory.search("said", { orgId: "us-org", explain: true });
    expect(found?.explanation).not.toHaveProperty("similarity");
    // What comes to a region gets that region's vectors, or none.
    await memory.organization("eu-org").move({ to: { region: "us" } });
    const [moved] = await memory.search("fact", { orgId: "eu-org", explain: true });
    expect(moved?.explanation).not.toHaveProperty("similarity");
    await memory.organization("eu-org").move({ to: { region: "eu" } });
    const [back] = await memory.search("fact", { orgId: "eu-org", explain: true });
    expect(back?.explanation).toHaveProperty("similarity");
  }, 20_000);
});

describe("cells", { timeout: 60_000 }, () => {
  const countsOf = async (memory: Memory) => {
    const counts: Record<string, number> = {};
    let cursor: string | undefined;
    do {
      const page = await memory.organizations({ limit: 1000, ...(cursor ? { cursor } : {}) });
      for (const { cell, state } of page.organizations)
        if (state === "active") counts[cell] = (counts[cell] ?? 0) + 1;
      cursor = page.cursor;
    } while (cursor);
    return counts;
  };

  it("are filled evenly up to their ceilings, and then say so", async () => {
    const cells = {
      small: { store: inMemory(), ceiling: 5 },
      large: { store: inMemory(), ceiling: 15 },
    };
    const shared = { cells, registry: inMemory() };
    const memory = new Memory(shared);
    await Promise.all(Array.from({ length: 8 }, (_, at) => memory.add("one", { orgId: `org-${at}` })));
    expect(await countsOf(memory)).toEqual({ small: 2, large: 6 });
    const other = new Memory(shared);
    for (let at = 8; at < 20; at++) await other.add("one", { orgId: `org-${at}` });
    expect(await countsOf(memory)).toEqual({ small: 5, large: 15 });
    const full = new Memory(shared);
    await expect(full.add("one", { orgId: "late" })).rejects.toMatchObject({
      code: "REGION_FULL",
      region: "default",
    });
    await full.organization("org-3").offboard();
    await new Memory(shared).add("one", { orgId: "late" });
    const more = new Memory({ ...shared, cells: { ...cells, third: { store: inMemory() } } });
    await more.add("one", { orgId: "another" });
    expect(await countsOf(more)).toMatchObject({ third: 1 });
  });

  it("count those that have moved where they are now", async () => {
    const shared = { cells: { b: { store: inMemory() }, a: { store: inMemory() } }, registry: inMemory() };
    const memory = new Memory(shared);
    for (const orgId of ["one", "two"]) await memory.add("hello", { orgId });
    expect(await countsOf(memory)).toEqual({ a: 1, b: 1 });
    const [mover] = (await memory.organizations()).organizations.filter(({ cell }) => cell === "a");
    await memory.organization(mover?.orgId ?? "").move({ to: { cell: "b" } });
    for (const orgId of ["three", "four"]) await new Memory(shared).add("hello", { orgId });
    expect(await countsOf(memory)).toEqual({ a: 2, b: 2 });
  });

  it.each(allStores)(
    "give an organization one place, whoever begins it, on $name",
    async ({ make, name, share }) => {
      const embedder = name === "chroma" ? fakeLetterEmbedder() : null;
      const server = make();
      const cells: Cells = {
        a: { store: server },
        b: { store: inMemory() },
        c: { store: inMemory() },
      };
      // Each prefers another cell, and takes its time.
      const processes = Array.from({ length: 4 }, (_, at) => {
        const names = Object.keys(cells);
        const own = names.map((_, index) => names[(index + at) % names.length] ?? "");
        const rotated = Object.fromEntries(own.map((cell) => [cell, cells[cell] as Cells[string]]));
        return new Memory({ cells: rotated, registry: hesitant(server), embedder });
      });
      const rounds = share < 1 ? 4 : 25;
      for (let round = 0; round < rounds; round++) {
        const scope = { orgId: `org-${round}` };
        await Promise.all(processes.map((memory, at) => memory.add(`from ${at}`, scope)));
        for (const memory of processes) expect((await memory.list(scope)).memories).toHaveLength(4);
      }
      const [memory] = processes as [Memory, ...Memory[]];
      const counts = await countsOf(memory);
      expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(rounds);
    },
  );
});
