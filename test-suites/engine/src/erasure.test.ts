import {
  type ErasureReceipt,
  inMemory,
  type LedgerEntry,
  Memory,
  receiptToMarkdown,
  type VectorStore,
  verifyReceipts,
} from "@loci/core";
import { NamespaceNotFoundError, namespaceKey } from "@loci/core/store";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { allStores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const bob = { orgId: "acme", userId: "bob" };

async function ledgerOf(memory: Memory): Promise<readonly LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await memory.receipts({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
    entries.push(...page.receipts);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return entries;
}

describe.each(allStores)("erasure on $name", { timeout: 300_000 }, ({ make, name }) => {
  const setUp = () =>
    new Memory({ store: make(), embedder: name === "in-memory" ? null : fakeLetterEmbedder() });

  it("forgets one person, with a receipt, and leaves everybody else as they were", async () => {
    const memory = setUp();
    await memory.add(["zebras eat grass", "a zebra was seen"], alice);
    await memory.add("in my run, a zebra", { ...alice, runId: "r" });
    await memory.add("a zebra of bob's", bob);
    await memory.add("the company's zebra", { orgId: "acme" });
    const before = (await memory.list({ orgId: "acme", levels: "within" })).memories;

    const plan = await memory.scope(alice).planForget();
    expect(plan).toMatchObject({ kind: "plan", orgId: "acme", scope: { userId: "alice" }, memories: 3 });
    expect((await memory.list({ orgId: "acme", levels: "within" })).memories).toEqual(before);
    expect(await ledgerOf(memory)).toEqual([]);

    const receipt = await memory.scope(alice).forget();
    expect(receipt).toMatchObject({
      version: 1,
      kind: "forget",
      deployment: "default",
      orgId: "acme",
      scope: { userId: "alice" },
      generation: 1,
      namespace: plan.namespace,
      memories: 3,
      sequence: 1,
      previous: null,
      residue: plan.residue,
    });
    expect(receipt.checks).toEqual([
      "nothing is found by counting",
      "nothing is found by listing",
      "nothing is found by the ids of 3 memories that were deleted",
      ...(name === "chroma" ? [] : ["nothing is found by the words of 3 memories that were deleted"]),
      ...(name === "in-memory" ? [] : ["nothing is found by the vectors of 3 memories that were deleted"]),
    ]);
    const others = before.filter(({ scope }) => scope.userId !== "alice");
    expect((await memory.list({ orgId: "acme", levels: "within" })).memories).toEqual(others);
    // Again is possible, and says that there was nothing.
    expect(await memory.scope(alice).forget()).toMatchObject({
      memories: 0,
      residue: plan.residue,
      sequence: 2,
    });
    await memory.add("starting anew", alice);
    expect((await memory.list({ ...alice, levels: "own" })).memories).toHaveLength(1);
  });

  it("chains the receipts of a deployment, so that none can be changed or removed unseen", async () => {
    const memory = setUp();
    const receipts: ErasureReceipt[] = [];
    for (const userId of ["a", "b", "c"]) {
      await memory.add("hello", { orgId: "acme", userId });
      receipts.push(await memory.scope({ orgId: "acme", userId }).forget());
    }
    expect(await memory.organization("acme").planOffboarding()).toMatchObject({
      kind: "plan",
      memories: 0,
    });
    receipts.push(await memory.organization("acme").offboard());
    const ledger = await ledgerOf(memory);
    expect(ledger.map(({ sequence, digest }) => [sequence, digest])).toEqual(
      receipts.map(({ sequence, digest }) => [sequence, digest]).reverse(),
    );
    // The deployment keeps that there was a receipt, and not about whom.
    expect(JSON.stringify(ledger)).not.toMatch(/acme|"a"/);
    const kept: readonly ErasureReceipt[] = JSON.parse(JSON.stringify(receipts));
    expect(verifyReceipts(kept)).toEqual([]);
    expect(verifyReceipts(kept, ledger)).toEqual([]);
    expect(verifyReceipts(kept.slice(1, 2), ledger)).toEqual([]);

    const [first, second] = kept as [ErasureReceipt, ErasureReceipt];
    for (const changed of [
      { ...second, memories: 7 },
      { ...second, orgId: "rival" },
      { ...second, scope: { userId: "x" } },
      { ...second, checks: [...second.checks, "every backup was looked at"] },
      { ...second, residue: [{ where: "x", clearedBy: "y" }] },
      { ...second, at: new Date(0) },
      { ...second, previous: null },
    ])
      expect(verifyReceipts([changed]), JSON.stringify(changed)).toEqual(["Receipt 2 was changed."]);
    expect(verifyReceipts(kept, ledger.toSpliced(1, 1))).toContain(
      "Between receipts 2 and 4 some are missing.",
    );
    expect(verifyReceipts(kept, ledger.slice(0, -1))).toContain("The first receipts are missing.");
    const forged = { ...ledger[1], digest: "x" } as LedgerEntry;
    expect(verifyReceipts(kept, ledger.with(1, forged)).join()).toMatch(/Receipt 4 does not follow/);
    expect(verifyReceipts([first, { ...second, previous: "x" }]).join()).toMatch(/does not follow/);
  });

  it("gives each of many receipts at once a place of its own", async () => {
    const memory = setUp();
    const users = ["a", "b", "c", "d", "e"];
    await Promise.all(users.map((userId) => memory.add("hello", { orgId: "acme", userId })));
    const receipts = await Promise.all(
      users.map((userId) => memory.scope({ orgId: "acme", userId }).forget()),
    );
    expect(receipts.map(({ sequence }) => sequence).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(verifyReceipts(receipts, await ledgerOf(memory))).toEqual([]);
  });
});

describe("erasure", () => {
  it("is an error that names what is left, for a store that does not delete", async () => {
    const store = inMemory();
    let forgets = false;
    const careless: VectorStore = {
      ...store,
      specVersion: 1,
      name: "careless",
      capabilities: store.capabilities,
      drop: (request) => store.drop(request),
      close: () => store.close(),
      async open(request) {
        const namespace = await store.open(request);
        return {
          manifest: namespace.manifest,
          upsert: (request) => namespace.upsert(request),
          search: (query) => namespace.search(query),
          searchText: async (query) => (await namespace.searchText?.(query)) ?? [],
          get: (request) => namespace.get(request),
          list: (query) => namespace.list(query),
          count: (request) => namespace.count(request),
          delete: async (request) => (forgets ? namespace.delete(request) : 2),
        };
      },
    };
    const memory = new Memory({ store: careless });
    await memory.add(["one", "two"], alice);
    await expect(memory.scope(alice).forget()).rejects.toMatchObject({
      code: "STORE_FAILURE",
      retryable: true,
      message: expect.stringMatching(/2 memories are still found by counting. Call forget again/),
    });
    expect((await memory.receipts()).receipts).toEqual([]);
    forgets = true;
    expect((await memory.scope(alice).forget()).memories).toBe(2);
  });

  it("refuses what is not for it, before anything is deleted", async () => {
    const memory = new Memory({ store: inMemory() });
    await memory.add("hello", alice);
    await expect(memory.scope({ orgId: "acme" }).forget()).rejects.toMatchObject({
      code: "INVALID_INPUT",
      path: "scope",
    });
    // Nothing is stored of an organization that was never there, and that is what the receipt says.
    const nobody = memory.scope({ orgId: "nobody", userId: "alice" });
    expect(await nobody.planForget()).toMatchObject({ memories: 0, store: "none" });
    expect(await nobody.forget()).toMatchObject({
      memories: 0,
      store: "none",
      residue: [],
      checks: [expect.stringContaining("never listed")],
    });
    expect((await memory.organizations()).organizations).toHaveLength(1);
    await expect(memory.scope(alice).forget({ dryRun: true } as never)).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
    await expect(memory.organization("nobody").planOffboarding()).rejects.toMatchObject({
      code: "ORGANIZATION_NOT_FOUND",
    });
    expect((await memory.list(alice)).memories).toHaveLength(1);
    const single = new Memory({ store: inMemory(), tenancy: "single" });
    await single.add("mine", { agentId: "helper" });
    expect(await single.scope({ agentId: "helper" }).forget()).toMatchObject({ orgId: null, memories: 1 });
    expect(await single.organization().offboard()).toMatchObject({
      kind: "offboard",
      orgId: null,
      sequence: 2,
    });
  });

  it("makes a page of a receipt that an auditor can read", async () => {
    const memory = new Memory({ store: inMemory() });
    await memory.add("hello", { orgId: "a|b", userId: "x\u2028y" });
    const receipt = await memory.scope({ orgId: "a|b", userId: "x\u2028y" }).forget();
    const page = receiptToMarkdown(JSON.parse(JSON.stringify(receipt)));
    expect(page).toBe(receiptToMarkdown(receipt));
    for (const part of [
      "# Receipt 1: forgotten",
      "| organization | `a\\|b` |",
      `| when | ${receipt.at.toISOString()} |`,
      "| memories removed | 1 |",
      "- nothing is found by counting",
      "Nothing else was checked.",
      "Nothing known to its adapter.",
      `Digest \`${receipt.digest}\`, after \`none\`.`,
    ])
      expect(page).toContain(part);
    expect(page).not.toContain("hello");
  });
});

describe.each(allStores)("what $name still lists", { timeout: 60_000 }, ({ make, name }) => {
  const embedder = name === "chroma" ? fakeLetterEmbedder() : null;
  const key = namespaceKey({ kind: "organization", deployment: "default", orgId: "acme", generation: 1 });

  it("is in the receipt when it is nothing, and an error when it is something", async () => {
    const store = make();
    const memory = new Memory({ store, embedder });
    await memory.add("hello", { orgId: "acme" });
    expect((await store.leftovers?.({ key }))?.join()).not.toBe("");
    const hidden = new Set<string>();
    const lying: VectorStore = {
      specVersion: 1,
      name: store.name,
      capabilities: store.capabilities,
      async open(request) {
        if (hidden.has(request.key))
          throw new NamespaceNotFoundError("It is hidden.", { namespace: request.key });
        return store.open(request);
      },
      async drop(request) {
        hidden.add(request.key);
        return { dropped: true, residue: [] };
      },
      leftovers: async (request) => (await store.leftovers?.(request)) ?? [],
      close: () => store.close(),
    };
    await expect(
      new Memory({ store: lying, embedder }).organization("acme").offboard(),
    ).rejects.toMatchObject({
      code: "STORE_FAILURE",
      retryable: true,
      message: expect.stringMatching(new RegExp(`still has .*${key}`)),
    });
    const receipt = await memory.organization("acme").offboard();
    expect(receipt.checks).toContain("the backend lists nothing under its name");
    expect(await store.leftovers?.({ key })).toEqual([]);
  });
});
