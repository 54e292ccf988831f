import { type AddResult, inMemory, Memory as PlainMemory, type VectorStore } from "@loci/core";
import { describe, expect, it } from "vitest";
import { inferringMemory } from "./inferring-memory.ts";
import { fact } from "./scripted-model.ts";
import { engineStores, findsWords } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text).sort();
const said = ({ results }: AddResult) => results.map(({ status, text }) => `${status} ${text}`);
const reasons = ({ extraction }: AddResult) => extraction?.rejected.map(({ reason }) => reason);

describe.each(engineStores.filter(findsWords))(
  "reads of a time on $name",
  { timeout: 60_000 },
  ({ make }) => {
    it("see what was said from a moment on, and before another", async () => {
      const memory = new PlainMemory({ store: make(), timeZone: "Europe/Berlin" });
      for (const day of [1, 2, 3, 4, 5])
        await memory.add(`lemon of day ${day}`, { ...alice, timestamp: `2026-03-0${day}` });
      await memory.add("bob's lemon", { orgId: "acme", userId: "bob", timestamp: "2026-03-03" });
      const asked = { ...alice, after: "2026-03-02", before: "2026-03-04" };
      const expected = ["lemon of day 2", "lemon of day 3"];
      expect(texts(await memory.search("lemon", asked))).toEqual(expected);
      expect(texts((await memory.list(asked)).memories)).toEqual(expected);
      expect(texts((await memory.context("lemon", asked)).memories)).toEqual(expected);
      expect(await memory.count(asked)).toBe(2);
      expect(await memory.count({ ...alice, after: new Date("2026-03-04T23:00:00Z") })).toBe(1);
      expect(await memory.count({ ...alice, before: "2026-03-01" })).toBe(0);
      // The day begins where the call says.
      expect(await memory.count({ ...alice, after: "2026-03-05", timeZone: "UTC" })).toBe(0);
      const first = await memory.list({ ...asked, limit: 1 });
      const { cursor = "" } = first;
      const second = await memory.list({ ...asked, limit: 1, cursor });
      expect(texts([...first.memories, ...second.memories])).toEqual(expected);
      for (const other of [{ ...asked, after: "2026-03-01" }, { ...asked, before: "2026-03-05" }, alice])
        await expect(memory.list({ ...other, limit: 1, cursor })).rejects.toMatchObject({
          code: "INVALID_CURSOR",
        });
    });

    it("refuse a time that is none", async () => {
      const memory = new PlainMemory({ store: make() });
      for (const [path, options] of [
        ["before", { after: "2026-03-02", before: "2026-03-02" }],
        ["before", { after: "2026-03-03", before: "2026-03-02" }],
        ["after", { after: "March" }],
        ["before", { before: 5 }],
        ["after", { after: "2026-02-30" }],
        ["after", { after: "2026-03-02T10:00:00" }],
      ] as const)
        for (const call of [
          () => memory.search("x", { ...alice, ...(options as object) }),
          () => memory.list({ ...alice, ...(options as object) }),
          () => memory.context("x", { ...alice, ...(options as object) }),
          () => memory.count({ ...alice, ...(options as object) }),
        ])
          await expect(call()).rejects.toMatchObject({ code: "INVALID_INPUT", path });
    });
  },
);

describe.each(engineStores)("counts on $name", { timeout: 60_000 }, ({ make, name }) => {
  /** Three organizations with memories at many scopes. */
  async function filled(): Promise<{ memory: PlainMemory; store: VectorStore }> {
    const store = make();
    const memory = new PlainMemory(
      name === "in-memory" ? { store, embedder: null } : { store, embedder: null },
    );
    await memory.add(["a lemon", "b lemon"], { orgId: "acme" });
    await memory.add("own lemon", { ...alice, expiresAt: "2100-01-01" });
    for (const runId of ["r1", "r2"]) await memory.add(["c", "d", "e"], { ...alice, runId });
    await memory.add("f", { orgId: "acme", userId: "bob", agentId: "helper" });
    await memory.add("g", { orgId: "rival", userId: "alice" });
    return { memory, store };
  }

  it("are those of the scope, at every level", async () => {
    const { memory } = await filled();
    expect(await memory.count({ orgId: "acme" })).toBe(2);
    expect(await memory.count({ orgId: "acme", levels: "within" })).toBe(10);
    expect(await memory.count(alice)).toBe(3);
    expect(await memory.count({ ...alice, levels: "own" })).toBe(1);
    expect(await memory.count({ ...alice, levels: "within" })).toBe(7);
    expect(await memory.count({ orgId: "nobody" })).toBe(0);
    expect(await memory.scope({ orgId: "rival", userId: "alice" }).count()).toBe(1);
  });

  it("are listed by scope, by user, by agent and by run, page by page", async () => {
    const { memory } = await filled();
    const acme = memory.organization("acme");
    const all = await acme.scopes();
    expect(all.cursor).toBeUndefined();
    expect(all.scopes).toEqual([
      { scope: { orgId: "acme" }, memories: 2 },
      { scope: { orgId: "acme", userId: "alice" }, memories: 1 },
      { scope: { orgId: "acme", userId: "alice", runId: "r1" }, memories: 3 },
      { scope: { orgId: "acme", userId: "alice", runId: "r2" }, memories: 3 },
      { scope: { orgId: "acme", userId: "bob", agentId: "helper" }, memories: 1 },
    ]);
    for (const limit of [1, 2, 3, 4, 5]) {
      const found = [];
      for await (const one of acme.allScopes({ limit })) found.push(one);
      expect(found).toEqual(all.scopes);
    }
    expect((await acme.scopes({ by: "user" })).scopes).toEqual([
      { scope: { orgId: "acme", userId: "alice" }, memories: 7 },
      { scope: { orgId: "acme", userId: "bob" }, memories: 1 },
    ]);
    expect((await acme.scopes({ by: "agent" })).scopes).toEqual([
      { scope: { orgId: "acme", agentId: "helper" }, memories: 1 },
    ]);
    expect((await acme.scopes({ by: "run" })).scopes.map(({ memories }) => memories)).toEqual([3, 3]);
    expect((await memory.organization("nobody").scopes()).scopes).toEqual([]);
    const { cursor = "" } = await acme.scopes({ limit: 1 });
    for (const other of [
      () => acme.scopes({ by: "user", cursor }),
      () => memory.organization("rival").scopes({ cursor }),
      () => memory.organization("nobody").scopes({ cursor }),
    ])
      await expect(other()).rejects.toMatchObject({ code: "INVALID_CURSOR" });
  });
});

describe("pages and readiness", () => {
  it("has an iterator beside every page", async () => {
    const memory = new PlainMemory({ store: inMemory() });
    for (const orgId of ["a", "b", "c"]) await memory.add("x", { orgId, userId: "u" });
    for (const orgId of ["a", "b"]) await memory.organization(orgId).offboard();
    const organizations = [];
    for await (const { orgId } of memory.allOrganizations({ limit: 2 })) organizations.push(orgId);
    expect(organizations.sort()).toEqual(["a", "b", "c"]);
    const receipts = [];
    for await (const entry of memory.allReceipts({ limit: 1 })) receipts.push(entry);
    expect(receipts).toHaveLength(2);
    expect(() => memory.allReceipts({ limit: 0 })).toThrow("limit");
    expect(() => memory.allOrganizations({ limits: 5 } as never)).toThrow("limit");
  });

  it("pings every store, and the models where it is asked to", async () => {
    const cells = { one: { store: inMemory() }, two: { store: inMemory() } };
    const embedder = {
      specVersion: 1,
      id: "letters",
      maxBatch: 8,
      describe: async () => ({ id: "letters@1", dimensions: 2 }),
      embed: async (given: readonly string[]) => given.map((text) => Float32Array.of(text.length, 1)),
    } as const;
    const memory = new PlainMemory({ cells, registry: inMemory(), embedder });
    const parts = async (options?: object) =>
      (await memory.ping(options)).parts.map(({ part, cell }) => [part, cell].join(" ").trim());
    expect(await parts()).toEqual(["registry", "store one", "store two"]);
    expect(await parts({ models: true })).toEqual(["registry", "store one", "store two", "embedder"]);
    cells.two.store.open = () => Promise.reject(new Error("down"));
    await expect(memory.ping()).rejects.toMatchObject({
      code: "STORE_FAILURE",
      message: expect.stringContaining("down"),
    });
    cells.two.store.open = () => new Promise(() => {});
    await expect(memory.ping({ timeout: 50 })).rejects.toMatchObject({
      code: "STORE_FAILURE",
      retryable: true,
    });
    await expect(memory.ping({ signal: AbortSignal.abort() })).rejects.toThrow("abort");
    await expect(memory.ping({ timeout: 0 })).rejects.toMatchObject({ path: "timeout" });
    await memory.close();
    await expect(memory.ping()).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe.each(engineStores)("what arrives late on $name", { timeout: 60_000 }, ({ make, name }) => {
  const setUp = inferringMemory(make, name);

  it("does not end what was said later", async () => {
    const memory = setUp(({ known, messages }) => {
      const victim = known[0]?.memory ?? 0;
      if (messages[0]?.text.includes("no longer"))
        return { facts: [], removes: [{ memory: victim, message: 1 }] };
      return { facts: [fact(messages[0]?.text ?? "", victim)], removes: [] };
    });
    const at = (content: string, timestamp: string) => ({ role: "user", content, timestamp }) as const;
    await memory.add(at("lives in Berlin", "2025-06-01"), alice);
    const late = await memory.add(at("lives in Paris", "2020-01-01"), alice);
    expect([said(late), reasons(late)]).toEqual([["added lives in Paris"], ["said-earlier"]]);
    expect(texts((await memory.list(alice)).memories)).toEqual(["lives in Berlin"]);
    expect(texts((await memory.list({ ...alice, asOf: "2022-01-01" })).memories)).toEqual(["lives in Paris"]);
    const removal = await memory.add(at("no longer lives in Berlin", "2021-01-01"), alice);
    expect([said(removal), reasons(removal)]).toEqual([[], ["said-earlier"]]);
    expect(said(await memory.add(at("lives in Rome", "2026-01-01"), alice))).toEqual([
      "superseded lives in Rome",
    ]);
    expect(texts((await memory.list(alice)).memories)).toEqual(["lives in Rome"]);
  });

  it("cannot supersede it by its id", async () => {
    const memory = setUp(() => ({ facts: [] }));
    const { results } = await memory.add("lives in Berlin", {
      ...alice,
      infer: false,
      timestamp: "2025-06-01",
    });
    const supersedes = results[0]?.id ?? "";
    await expect(
      memory.add("lives in Paris", { ...alice, supersedes, timestamp: "2020-01-01" }),
    ).rejects.toMatchObject({ code: "INVALID_INPUT", path: "timestamp" });
    expect(texts((await memory.list(alice)).memories)).toEqual(["lives in Berlin"]);
    const next = await memory.add("lives in Rome", { ...alice, supersedes, timestamp: "2026-01-01" });
    expect(said(next)).toEqual(["superseded lives in Rome"]);
  });
});
