import { inMemory, Memory, type Namespace, type VectorStore, verifyReceipts } from "@loci/core";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { allStores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };

/** The store as a process sees it that dies at its so-many-th call: before it is made, or when it has taken effect. */
function dyingAt(
  store: VectorStore,
  last: number,
  when: "before" | "after",
): { store: VectorStore; calls: () => number } {
  let calls = 0;
  const step = async <T>(call: () => Promise<T>): Promise<T> => {
    calls += 1;
    if (calls > last || (calls === last && when === "before")) throw new Error("killed");
    const result = await call();
    if (calls >= last) throw new Error("killed");
    return result;
  };
  const mortal = (namespace: Namespace): Namespace => ({
    manifest: namespace.manifest,
    upsert: (...given) => step(() => namespace.upsert(...given)),
    search: (...given) => step(() => namespace.search(...given)),
    ...(namespace.searchText
      ? { searchText: (query) => step(async () => (await namespace.searchText?.(query)) ?? []) }
      : {}),
    get: (...given) => step(() => namespace.get(...given)),
    list: (...given) => step(() => namespace.list(...given)),
    delete: (...given) => step(() => namespace.delete(...given)),
    count: (...given) => step(() => namespace.count(...given)),
  });
  return {
    calls: () => calls,
    store: {
      specVersion: 1,
      name: store.name,
      capabilities: store.capabilities,
      open: (...given) => step(async () => mortal(await store.open(...given))),
      drop: (...given) => step(() => store.drop(...given)),
      close: () => store.close(),
    },
  };
}

describe.each(allStores)("a process that dies, on $name", { timeout: 600_000 }, ({ make, name, share }) => {
  const embedder = name === "in-memory" ? null : fakeLetterEmbedder();
  const memoryOn = (store: VectorStore) => new Memory({ store, embedder });
  const textsOf = async (memory: Memory, orgId: string) =>
    (await memory.getAll({ orgId, levels: "within" })).memories.map(({ text }) => text).sort();

  /** Lets an operation die at each of its steps, and a second process do it again. */
  async function killAtEveryStep(
    prepare: (memory: Memory, round: number) => Promise<void>,
    operate: (memory: Memory, round: number) => Promise<unknown>,
    verify: (memory: Memory, round: number) => Promise<void>,
  ) {
    const store = make();
    const living = memoryOn(store);
    await living.add("a neighbour", { orgId: "rival" });
    const neighbour = await living.getAll({ orgId: "rival" });
    let round = 0;
    for (const when of ["before", "after"] as const) {
      // A server takes its time: fewer of the steps.
      for (let last = 1; ; last += share < 1 ? 3 : 1) {
        round += 1;
        await prepare(living, round);
        const dying = dyingAt(store, last, when);
        const died = await operate(memoryOn(dying.store), round).then(
          () => false,
          () => true,
        );
        expect(died).toBe(dying.calls() >= last);
        const second = memoryOn(store);
        await operate(second, round);
        await verify(second, round);
        expect(await second.getAll({ orgId: "rival" })).toEqual(neighbour);
        if (!died) break;
      }
    }
    expect(round).toBeGreaterThan(4);
    expect(verifyReceipts([], (await living.receipts({ limit: 1000 })).receipts)).toEqual([]);
  }

  it("is followed by one that imports the rest", async () => {
    const source = new Memory({ store: inMemory(), embedder });
    await source.add(["one", "two", "three"], alice);
    await source.add("shared", { orgId: "acme" });
    const dump = await new Response(await source.exportOrganization({ orgId: "acme" })).arrayBuffer();
    await killAtEveryStep(
      async () => {},
      (memory, round) =>
        memory.importOrganization(new Blob([dump]).stream(), { orgId: "acme", as: `copy-${round}` }),
      async (memory, round) => {
        expect(await textsOf(memory, `copy-${round}`)).toEqual(["one", "shared", "three", "two"]);
      },
    );
  });

  it("is followed by one that forgets the rest", async () => {
    await killAtEveryStep(
      async (memory) => {
        await memory.add(["one", "two"], alice);
        await memory.add("shared", { orgId: "acme" });
      },
      (memory) => memory.forget(alice),
      async (memory) => {
        expect(await textsOf(memory, "acme")).toEqual(["shared"]);
      },
    );
  });

  it("is followed by one that offboards the rest", async () => {
    await killAtEveryStep(
      async (memory, round) => void (await memory.add(["one", "two"], { orgId: `org-${round}` })),
      (memory, round) => memory.offboard({ orgId: `org-${round}` }),
      async (memory, round) => {
        await expect(memory.getAll({ orgId: `org-${round}` })).rejects.toMatchObject({
          code: "ORGANIZATION_GONE",
        });
      },
    );
  });
});
