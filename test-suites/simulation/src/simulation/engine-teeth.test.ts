/** Mistakes in the engine itself, which the simulation has to find: parts of it are replaced by wrong ones. */
import { expect, it, vi } from "vitest";
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

const most = 2000;
const bias = { kinds: ["move", "update", "delete"] } as const;

it.each(["leases never lapse", "nobody waits for leases"])(
  "finds that %s",
  { timeout: 300_000 },
  async (name) => {
    let found: number | undefined;
    for (let seed = 1; seed <= most && found === undefined; seed++) {
      mistake.name = name;
      const { violations } = await simulate(drawScript(seed, bias));
      mistake.name = "";
      if (violations.length > 0 && (await simulate(drawScript(seed, bias))).violations.length === 0)
        found = seed;
    }
    expect(found).toBeDefined();
  },
);
