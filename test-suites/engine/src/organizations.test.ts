import { Memory, type VectorStore } from "@loci/core";
import { type Manifest, namespaceKey } from "@loci/core/store";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { allStores, findsWords } from "./stores.ts";

const manifestOf = (orgId: string, generation = 1): Manifest => ({
  scheme: 1,
  kind: "organization",
  deployment: "default",
  orgId,
  generation,
  embedder: null,
  createdAt: 0,
});

describe.each(allStores.filter(findsWords))("organizations on $name", { timeout: 300_000 }, ({ make }) => {
  it("ends with a receipt, refuses what comes late, and begins anew empty", async () => {
    const store = make();
    const memory = new Memory({ store });
    await memory.add(["one", "two"], { orgId: "acme" });
    await memory.add("three", { orgId: "acme", userId: "alice" });
    await memory.add("a neighbour", { orgId: "rival" });
    const receipt = await memory.organization("acme").offboard();
    expect(receipt).toMatchObject({
      orgId: "acme",
      generation: 1,
      memories: 3,
      store: store.name,
    });
    expect(receipt.checks).toHaveLength(3);
    const other = new Memory({ store });
    for (const late of [memory, other]) {
      await expect(late.add("late", { orgId: "acme" })).rejects.toMatchObject({
        code: "ORGANIZATION_GONE",
        orgId: "acme",
      });
      await expect(late.search("one", { orgId: "acme" })).rejects.toMatchObject({
        code: "ORGANIZATION_GONE",
      });
      await expect(late.deleteAll({ orgId: "acme" })).rejects.toMatchObject({ code: "ORGANIZATION_GONE" });
    }
    // Again is the same answer, and nothing new.
    expect(await memory.organization("acme").offboard()).toMatchObject({ generation: 1, memories: null });
    await memory.organization("acme").onboard();
    expect(await other.list({ orgId: "acme", levels: "within" })).toEqual({ memories: [] });
    await other.add("fresh", { orgId: "acme" });
    expect(await memory.organization("acme").offboard()).toMatchObject({ generation: 2, memories: 1 });
    expect((await memory.list({ orgId: "rival" })).memories.map(({ text }) => text)).toEqual(["a neighbour"]);
  });

  it("refuses a write of another memory that still held the organization open", async () => {
    const store = make();
    const writer = new Memory({ store });
    await writer.add("early", { orgId: "acme" });
    await new Memory({ store }).organization("acme").offboard();
    await expect(writer.add("late", { orgId: "acme" })).rejects.toMatchObject({ code: "ORGANIZATION_GONE" });
    await expect(writer.search("early", { orgId: "acme" })).rejects.toMatchObject({
      code: "ORGANIZATION_GONE",
    });
  });

  it("lists organizations page by page, with their state, and only those of its deployment", async () => {
    const store = make();
    const memory = new Memory({ store });
    const orgIds = Array.from({ length: 7 }, (_, index) => `org-${index}`);
    for (const orgId of orgIds) await memory.add("hello", { orgId });
    await memory.organization("org-3").offboard();
    await memory.organization("org-4").offboard();
    await memory.organization("org-4").onboard();
    await new Memory({ store, deployment: "other" }).add("hello", { orgId: "elsewhere" });
    const seen = new Map<string, string>();
    let cursor: string | undefined;
    do {
      const page = await memory.organizations({ limit: 2, ...(cursor ? { cursor } : {}) });
      for (const { orgId, state, version } of page.organizations) {
        expect(seen.has(orgId), orgId).toBe(false);
        seen.set(orgId, `${state} ${version}`);
      }
      cursor = page.cursor;
    } while (cursor);
    expect(seen.size).toBe(7);
    expect(seen.get("org-0")).toBe("active 1");
    expect(seen.get("org-3")).toBe("gone 1");
    expect(seen.get("org-4")).toBe("active 2");
  });

  it("is created once, however many begin at once", async () => {
    const store = make();
    const memories = Array.from({ length: 5 }, () => new Memory({ store }));
    await Promise.all(memories.map((memory, index) => memory.add(`text ${index}`, { orgId: "acme" })));
    expect((await memories[0]?.list({ orgId: "acme" }))?.memories).toHaveLength(5);
    expect((await memories[0]?.organizations())?.organizations).toHaveLength(1);
  });

  it.each(["before", "after"])(
    "stays gone when it is offboarded just %s somebody creates it",
    async (moment) => {
      const store = make();
      const offboarder = new Memory({ store });
      const comeAndGo = async () => {
        await offboarder.organization("acme").onboard();
        await offboarder.organization("acme").offboard();
      };
      const slow: VectorStore = {
        ...bind(store),
        async open(request) {
          const creates = request.create?.kind === "organization";
          if (creates && moment === "before") await comeAndGo();
          const namespace = await store.open(request);
          if (creates && moment === "after") await comeAndGo();
          return namespace;
        },
      };
      await expect(new Memory({ store: slow }).add("late", { orgId: "acme" })).rejects.toMatchObject({
        code: "ORGANIZATION_GONE",
      });
      const key = namespaceKey({ kind: "organization", deployment: "default", orgId: "acme", generation: 1 });
      await expect(store.open({ key })).rejects.toMatchObject({ code: "NAMESPACE_NOT_FOUND" });
    },
  );

  it("refuses a namespace that says it is somebody else's", async () => {
    const store = make();
    const memory = new Memory({ store });
    const key = namespaceKey({ kind: "organization", deployment: "default", orgId: "acme", generation: 1 });
    await store.open({ key, create: manifestOf("rival") });
    await expect(memory.add("mine", { orgId: "acme" })).rejects.toMatchObject({
      code: "NAMESPACE_OWNERSHIP",
    });
    const other = namespaceKey({ kind: "organization", deployment: "default", orgId: "beta", generation: 1 });
    await store.open({ key: other, create: { ...manifestOf("beta"), scheme: 2 as 1 } });
    await expect(memory.add("mine", { orgId: "beta" })).rejects.toMatchObject({
      code: "NAMESPACE_OWNERSHIP",
    });
  });

  it("refuses to compare vectors of two embedders", async () => {
    const store = make();
    await new Memory({ store, embedder: fakeLetterEmbedder() }).add("one", { orgId: "acme" });
    await new Memory({ store }).add("one", { orgId: "beta" });
    const another = fakeLetterEmbedder({ id: "another" });
    for (const [embedder, orgId, message] of [
      [another, "acme", /"fake-letters" \(26 dimensions\).*"another" \(26 dimensions\)/],
      [fakeLetterEmbedder({}, { dimensions: 25 }), "acme", /25 dimensions/],
      [
        fakeLetterEmbedder({}, { details: { digest: "b" } }),
        "acme",
        /its digest was null and is "b".*configure embedder "fake-letters" \(26 dimensions\) again/,
      ],
      [null, "acme", /no embedder is configured.*To do without vectors, give .*formerEmbedders/],
    ] as const) {
      const memory = new Memory({ store, embedder });
      await expect(memory.search("one", { orgId })).rejects.toThrow(message);
      await expect(memory.add("two", { orgId })).rejects.toMatchObject({ code: "EMBEDDER_MISMATCH" });
      // What needs no vectors works: it can be listed, exported and deleted, and it can leave.
      expect((await memory.list({ orgId })).memories).toHaveLength(1);
      expect((await new Response(await memory.organization(orgId).export()).text()).split("\n").length).toBe(
        4,
      );
    }
    const dump = new Memory({ store, embedder: another });
    expect(await dump.deleteAll({ orgId: "acme" })).toMatchObject({ deleted: 1 });
    expect(await dump.organization("acme").offboard()).toMatchObject({ memories: 0 });
    // An embedder that was added later: the organization is searched by keyword until it is re-embedded.
    expect((await dump.search("one", { orgId: "beta" })).map(({ text }) => text)).toEqual(["one"]);
    await dump.add("two", { orgId: "beta" });
    await dump.organization("beta").reembed();
    const [found] = await dump.search("two", { orgId: "beta", explain: true });
    expect(found?.explanation).toHaveProperty("similarity");
  });
});

function bind(store: VectorStore): VectorStore {
  return {
    specVersion: 1,
    name: store.name,
    capabilities: store.capabilities,
    open: (request) => store.open(request),
    drop: (request) => store.drop(request),
    close: () => store.close(),
  };
}
