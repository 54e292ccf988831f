/**
 * Mistakes in the engine itself, which the simulation has to find: parts of it are replaced by wrong ones. What no story in memory
 * can show is held by tests of its own:
 * - a log of SQLite that somebody reads from: write-ahead-log.test.ts; a full disk, a folder that cannot be written: full-disk.test.ts
 *   and read-only.test.ts; a file that is another's: dropped-files.test.ts
 * - a second link to a master key: file-keys.test.ts; a manifest without its key: two-processes.test.ts
 * - closing while an add waits for a model: locks.test.ts and postgres-store.test.ts
 * - a model that is asked again at a switch: add-inferred-races.test.ts; a switch that is taken back: tenant-registry.test.ts
 */
import { expect, it, vi } from "vitest";
import type { Bias } from "../story/plan.ts";
import type { Profile } from "./profile.ts";
import { drawScript, simulate } from "./simulate.ts";

const mistake = vi.hoisted(() => ({ name: "" }));

vi.mock("../../../../packages/core/src/tenancy/lease.ts", async (original) => {
  const { Lease, ...rest } =
    await original<typeof import("../../../../packages/core/src/tenancy/lease.ts")>();
  class WrongLease extends Lease {
    override hasLapsed(...given: Parameters<InstanceType<typeof Lease>["hasLapsed"]>): boolean {
      return mistake.name !== "leases never lapse" && super.hasLapsed(...given);
    }

    override async waitForAll(signal: AbortSignal | undefined): Promise<void> {
      if (mistake.name !== "nobody waits for leases") await super.waitForAll(signal);
    }
  }
  return { ...rest, Lease: WrongLease };
});

vi.mock("../../../../packages/core/src/records/write-memories.ts", async (original) => {
  const actual = await original<typeof import("../../../../packages/core/src/records/write-memories.ts")>();
  const { buildRecords } = await import("../../../../packages/core/src/records/build-records.ts");
  const writeRecords: typeof actual.writeRecords = (context, { leading, following = [], reindexed = [] }) => {
    if (mistake.name !== "a message is written back whatever has become of it")
      return actual.writeRecords(context, { leading, following, reindexed });
    const records = [...leading, ...following, ...reindexed].map(({ expected: _, ...record }) => record);
    return actual.writeRecords(context, { leading: records });
  };
  const writeMemories: typeof actual.writeMemories = async (context, memories) =>
    writeRecords(context, { leading: await buildRecords(context, memories) });
  return { ...actual, writeRecords, writeMemories };
});

vi.mock("../../../../packages/core/src/operations/update.ts", async (original) => {
  const actual = await original<typeof import("../../../../packages/core/src/operations/update.ts")>();
  const { unconditional } = await import("./unconditional.ts");
  const update: typeof actual.update = (context, ...given) =>
    actual.update(
      mistake.name === "an update does not look at what it replaces" ? unconditional(context) : context,
      ...given,
    );
  return { ...actual, update };
});

vi.mock("../../../../packages/core/src/operations/reindex-around.ts", async (original) => {
  const actual =
    await original<typeof import("../../../../packages/core/src/operations/reindex-around.ts")>();
  const reindexAround: typeof actual.reindexAround = async (...given) => {
    if (mistake.name !== "messages around a deleted one keep its words") await actual.reindexAround(...given);
  };
  return { ...actual, reindexAround };
});

vi.mock("../../../../packages/core/src/operations/repeat-writes.ts", async (original) => {
  const actual = await original<typeof import("../../../../packages/core/src/operations/repeat-writes.ts")>();
  const repeatWrites: typeof actual.repeatWrites = async (context) => {
    if (mistake.name !== "what was written beside a switch is not written again")
      await actual.repeatWrites(context);
  };
  return { ...actual, repeatWrites };
});

vi.mock("../../../../packages/core/src/tenancy/location.ts", async (original) => {
  const actual = await original<typeof import("../../../../packages/core/src/tenancy/location.ts")>();
  const newGeneration = () =>
    mistake.name === "every import and every copy has the same name" ? 2 ** 32 : actual.newGeneration();
  return { ...actual, newGeneration };
});

vi.mock("../../../../packages/core/src/tenancy/namespace-list.ts", async (original) => {
  const { NamespaceList, ...rest } =
    await original<typeof import("../../../../packages/core/src/tenancy/namespace-list.ts")>();
  type List = InstanceType<typeof NamespaceList>;
  class WrongList extends NamespaceList {
    override async add(...given: Parameters<List["add"]>): Promise<void> {
      if (mistake.name !== "namespaces are made and not written down") await super.add(...given);
    }

    override async of(...given: Parameters<List["of"]>): ReturnType<List["of"]> {
      return mistake.name === "nobody looks for what was given up" ? [] : super.of(...given);
    }
  }
  return { ...rest, NamespaceList: WrongList };
});

vi.mock("../../../../packages/core/src/tenancy/tenant-sessions.ts", async (original) => {
  const { TenantSessions, ...rest } =
    await original<typeof import("../../../../packages/core/src/tenancy/tenant-sessions.ts")>();
  class WrongSessions extends TenantSessions {
    override async renew(
      ...given: Parameters<InstanceType<typeof TenantSessions>["renew"]>
    ): ReturnType<InstanceType<typeof TenantSessions>["renew"]> {
      if (mistake.name !== "a write does not wait while its organization is switched")
        return super.renew(...given);
      const [tenant, open, options] = given;
      return (await super.open(tenant, options)) ?? open;
    }
  }
  return { ...rest, TenantSessions: WrongSessions };
});

vi.mock("../../../../packages/core/src/operations/erase.ts", async (original) => {
  const actual = await original<typeof import("../../../../packages/core/src/operations/erase.ts")>();
  type Context = Parameters<typeof actual.erase>[0];
  const alone = ({ current, ...context }: Context): Context => ({
    ...context,
    previousNamespace: undefined,
    current: async () => alone(await current()),
  });
  const erase: typeof actual.erase = (context, find) =>
    actual.erase(
      mistake.name === "what is deleted stays where a revert would find it" ? alone(context) : context,
      find,
    );
  return { ...actual, erase };
});

vi.mock("../../../../packages/core/src/records/keyed-memory.ts", async (original) => {
  const actual = await original<typeof import("../../../../packages/core/src/records/keyed-memory.ts")>();
  const processes = new Map<object, number>();
  const keyedAt: typeof actual.keyedAt = (context, key) => {
    const place = actual.keyedAt(context, key);
    if (mistake.name !== "each process has a memory of its own for a key") return place;
    const process = processes.get(context.turns) ?? processes.size;
    processes.set(context.turns, process);
    return { ...place, id: `${place.id} ${process}` };
  };
  return { ...actual, keyedAt };
});

vi.mock("../story/fake-models.ts", async (original) => {
  const actual = await original<typeof import("../story/fake-models.ts")>();
  const { withoutGenerations } = await import("./without-generations.ts");
  const fakeKeys: typeof actual.fakeKeys = (masters, gate) => {
    const keys = actual.fakeKeys(masters, gate);
    if (mistake.name === "one life of an organization has the keys of the next")
      return withoutGenerations(keys);
    if (mistake.name === "a key that was destroyed never comes again")
      return withoutGenerations(keys, masters);
    return keys;
  };
  return { ...actual, fakeKeys };
});

/** The mistakes, the stories in which each shows soon, and the seed from which on it is looked for. */
const mistakes: readonly Mistake[] = [
  { does: "leases never lapse", bias: { kinds: ["move", "update", "delete"] }, seed: 74 },
  { does: "nobody waits for leases", bias: { kinds: ["move", "update", "delete"] }, seed: 1095 },
  {
    does: "a message is written back whatever has become of it",
    bias: { kinds: ["delete", "forget"] },
    seed: 178,
  },
  { does: "an update does not look at what it replaces", bias: { kinds: ["update", "delete"] }, seed: 20 },
  { does: "messages around a deleted one keep its words", bias: { kinds: ["delete"] }, seed: 2 },
  { does: "what was written beside a switch is not written again", bias: { kinds: ["move"] }, seed: 491 },
  { does: "every import and every copy has the same name", bias: { kinds: ["import", "move"] }, seed: 17 },
  { does: "namespaces are made and not written down", seed: 1 },
  {
    does: "what is deleted stays where a revert would find it",
    bias: { kinds: ["reembed", "delete"] },
    seed: 83,
  },
  {
    does: "nobody looks for what was given up",
    bias: { kinds: ["move", "cancelMigration", "offboard"] },
    seed: 2,
  },
  {
    does: "a write does not wait while its organization is switched",
    bias: { kinds: ["move"] },
    world: { slow: 0.6, split: 0.5, pass: 0.2, kill: 0, abort: 0, hang: 0, fatal: 0 },
    seed: 69,
  },
  {
    does: "one life of an organization has the keys of the next",
    bias: { kinds: ["offboard", "onboard"], keys: 1 },
    seed: 99,
  },
  {
    does: "a key that was destroyed never comes again",
    bias: { kinds: ["offboard", "onboard"], keys: 1 },
    seed: 1,
  },
  { does: "each process has a memory of its own for a key", bias: { kinds: ["add"] }, seed: 1 },
];
const most = 3000;

interface Mistake {
  readonly does: string;
  readonly bias?: Bias;
  readonly world?: Partial<Profile>;
  readonly seed: number;
}

it.each(mistakes)("finds that $does", { timeout: 300_000 }, async ({ does, bias, world, seed: from }) => {
  let found: number | undefined;
  for (let seed = from; seed < from + most && found === undefined; seed++) {
    mistake.name = does;
    const { violations } = await simulate(drawScript(seed, bias, world));
    mistake.name = "";
    if (violations.length > 0 && (await simulate(drawScript(seed, bias, world))).violations.length === 0)
      found = seed;
  }
  expect(found).toBeDefined();
});
