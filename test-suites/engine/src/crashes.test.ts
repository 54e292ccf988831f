import { inMemory, type VectorStore, verifyReceipts } from "@loci/core";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { dyingAt } from "./dying-store.ts";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { allStores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };

describe.each(allStores)("a process that dies, on $name", { timeout: 600_000 }, ({ make, name, share }) => {
  const embedder = name === "in-memory" ? null : fakeLetterEmbedder();
  const memoryOn = (store: VectorStore) => new Memory({ store, embedder });
  const textsOf = async (memory: Memory, orgId: string) =>
    (await memory.list({ orgId, levels: "within" })).memories.map(({ text }) => text).sort();

  /** Lets an operation die at each of its steps, and a second process do it again. */
  async function killAtEveryStep(
    prepare: (memory: Memory, round: number) => Promise<void>,
    operate: (memory: Memory, round: number) => Promise<unknown>,
    verify: (memory: Memory, round: number) => Promise<void>,
  ) {
    const store = make();
    const living = memoryOn(store);
    await living.add("a neighbour", { orgId: "rival" });
    const neighbour = await living.list({ orgId: "rival" });
    let round = 0;
    for (const when of ["before", "after"] as const) {
      // A server takes its time: fewer of the steps.
      for (let last = 1; ; last += share < 1 ? 3 : 1) {
        round += 1;
        await prepare(living, round);
        const dying = dyingAt(last, when);
        const died = await operate(memoryOn(dying.mortal(store)), round).then(
          () => false,
          () => true,
        );
        expect(died).toBe(dying.calls() >= last);
        const second = memoryOn(store);
        await operate(second, round);
        await verify(second, round);
        expect(await second.list({ orgId: "rival" })).toEqual(neighbour);
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
    const dump = await new Response(await source.organization("acme").export()).arrayBuffer();
    await killAtEveryStep(
      async () => {},
      (memory, round) =>
        memory.organization(`copy-${round}`).import(new Blob([dump]).stream(), { from: "acme" }),
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
      (memory) => memory.scope(alice).forget(),
      async (memory) => {
        expect(await textsOf(memory, "acme")).toEqual(["shared"]);
      },
    );
  });

  it("is followed by one that offboards the rest", async () => {
    await killAtEveryStep(
      async (memory, round) => void (await memory.add(["one", "two"], { orgId: `org-${round}` })),
      (memory, round) => memory.organization(`org-${round}`).offboard(),
      async (memory, round) => {
        await expect(memory.list({ orgId: `org-${round}` })).rejects.toMatchObject({
          code: "ORGANIZATION_GONE",
        });
      },
    );
  });

  /** The same for what waits a lot: every step has an organization of its own, and they die side by side. */
  async function killManyAtOnce(
    open: (mortal: (store: VectorStore) => VectorStore) => Memory,
    operate: (memory: Memory, orgId: string) => Promise<unknown>,
    begin: (orgId: string) => Promise<void>,
  ) {
    const living = open((store) => store);
    await living.add("a neighbour", { orgId: "rival" });
    const neighbour = await living.list({ orgId: "rival" });
    const counted = dyingAt(Number.POSITIVE_INFINITY, "before");
    await begin("counted");
    await operate(open(counted.mortal), "counted");
    const steps = counted.calls();
    expect(steps).toBeGreaterThan(20);
    const stride = share < 1 ? 5 : 1;
    const rounds = Array.from({ length: Math.ceil(steps / stride) }, (_, index) => 1 + index * stride);
    const all = rounds.flatMap((last) => (["before", "after"] as const).map((when) => ({ last, when })));
    const pending = all.values();
    const work = async () => {
      for (const { last, when } of pending) {
        const orgId = `dying ${when} ${last}`;
        await begin(orgId);
        const dying = dyingAt(last, when);
        const died = await operate(open(dying.mortal), orgId).then(
          () => false,
          () => true,
        );
        // What is read beside the writing may be asked once more or once less.
        if (last < steps - 2) expect(died).toBe(true);
        await operate(
          open((store) => store),
          orgId,
        );
        expect(
          await textsOf(
            open((store) => store),
            orgId,
          ),
        ).toEqual(["one", "shared", "two"]);
      }
    };
    await Promise.all(Array.from({ length: share < 1 ? 4 : 40 }, work));
    expect(await living.list({ orgId: "rival" })).toEqual(neighbour);
    const { organizations } = await living.organizations({ limit: 1000 });
    expect(organizations).toHaveLength(all.length + 2);
    return living;
  }

  it("is followed by one that moves the rest", async () => {
    const [here, there, registry] = [make(), inMemory(), inMemory()];
    const open = (mortal: (store: VectorStore) => VectorStore) =>
      new Memory({
        cells: { here: { store: mortal(here) }, there: { store: mortal(there) } },
        registry: mortal(registry),
        embedder,
      });
    const living = await killManyAtOnce(
      open,
      (memory, orgId) => memory.organization(orgId).move({ to: { cell: "there" }, takeOver: true }),
      async (orgId) => {
        const one = new Memory({ cells: { here: { store: here } }, registry, embedder });
        await one.add(["one", "two"], { orgId, userId: "alice" });
        await one.add("shared", { orgId });
      },
    );
    const { organizations } = await living.organizations({ limit: 1000 });
    for (const { orgId, cell } of organizations) if (orgId !== "rival") expect(cell).toBe("there");
  });

  it("is followed by one that re-embeds the rest", async () => {
    const store = make();
    const former = fakeLetterEmbedder({ id: "fake-former" });
    const wanted = fakeLetterEmbedder({ id: "fake-wanted" });
    await killManyAtOnce(
      (mortal) => new Memory({ store: mortal(store), embedder: wanted, formerEmbedders: [former] }),
      (memory, orgId) => memory.organization(orgId).reembed({ takeOver: true }),
      async (orgId) => {
        const one = new Memory({ store, embedder: former });
        await one.add(["one", "two"], { orgId, userId: "alice" });
        await one.add("shared", { orgId });
      },
    );
  });
});
