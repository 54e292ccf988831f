import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { OrganizationNotFoundError } from "../errors/organization-not-found-error.ts";
import { RegionFullError } from "../errors/region-full-error.ts";
import { RegionNotConfiguredError } from "../errors/region-not-configured-error.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import { type Location, locationName } from "./location.ts";
import type { Cell, Region } from "./region.ts";
import type { TenantRegistry } from "./tenant-registry.ts";

type Signal = { readonly signal?: AbortSignal };

/** How long, in milliseconds, a counted population is good for; those that this process adds are added to it. */
const recount = 10_000;

/** How many organizations a cell had when they were counted, and how many this process has sent there since. */
interface Population {
  readonly counted: Promise<number>;
  readonly at: number;
  added: number;
}

/** The regions of a deployment, as this memory was set up with them. There is no way from one into another. */
export class Regions {
  readonly #stacks: ReadonlyMap<string, Region>;
  readonly #directory: TenantRegistry;
  readonly #populations = new Map<string, Population>();

  constructor(stacks: readonly Region[], directory: TenantRegistry) {
    this.#stacks = new Map(stacks.map((stack) => [stack.region, stack]));
    this.#directory = directory;
  }

  /** Whether an organization can live in one place only, so that there is nothing to agree on. */
  get isSingleLocation(): boolean {
    const [stack] = this.#stacks.values();
    return this.#stacks.size === 1 && stack?.cells.size === 1;
  }

  /** @throws RegionNotConfiguredError */
  at(place: Location): { readonly stack: Region; readonly cell: Cell } {
    const stack = this.#stacks.get(place.region);
    const cell = stack?.cells.get(place.cell);
    if (stack && cell) return { stack, cell };
    const { region, cell: name } = place;
    throw new RegionNotConfiguredError(
      `The organization lives in ${stack ? `cell "${name}" of ` : ""}region "${region}", which this memory was not set up with. Give it to new Memory, or ask where it is configured: nothing was looked for anywhere else.`,
      { region, cell: name },
    );
  }

  /** @throws InvalidInputError before any I/O, for a region or a cell that is none, or where there are several and none is said */
  assertKnown(region: string | undefined, cell?: string): void {
    const names = [...this.#stacks.keys()].map((name) => JSON.stringify(name)).join(", ");
    if (region === undefined && this.#stacks.size > 1) {
      throw new InvalidInputError(
        `region is missing: there are ${names}, and none is the default. An organization is pinned to the one it is given.`,
        { path: "region" },
      );
    }
    const [only] = this.#stacks.values();
    const stack = region === undefined ? only : this.#stacks.get(region);
    if (!stack)
      throw new InvalidInputError(`There is no such region; there are ${names}.`, { path: "region" });
    if (cell === undefined || stack.cells.has(cell)) return;
    const cells = [...stack.cells.keys()].map((name) => JSON.stringify(name)).join(", ");
    throw new InvalidInputError(`Region "${stack.region}" has no such cell; it has ${cells}.`, {
      path: "cell",
    });
  }

  /**
   * The emptiest cell of a region, for an organization that comes to it.
   * @param region may be left out where there is only one
   * @throws OrganizationNotFoundError where it may not; RegionFullError
   */
  async choose(tenant: Tenant, region: string | undefined, _options: Signal): Promise<Location> {
    const [only] = this.#stacks.values();
    const stack = region === undefined && this.#stacks.size === 1 ? only : this.#stacks.get(region ?? "");
    if (!stack) {
      throw new OrganizationNotFoundError(
        `There is no organization ${JSON.stringify(orgIdOf(tenant))}, and a write does not choose its region: call onboard({ orgId, region }) first.`,
        { orgId: orgIdOf(tenant) },
      );
    }
    const cells = [...stack.cells].map(([cell, { ceiling }]) => ({
      place: { region: stack.region, cell },
      ceiling,
    }));
    const [first] = cells;
    if (first && cells.length === 1 && first.ceiling === Number.POSITIVE_INFINITY) return first.place;
    const populated = await Promise.all(
      cells.map(async (cell) => {
        const population = this.#population(cell.place);
        return { ...cell, population, counted: await population.counted };
      }),
    );
    // Nothing is waited for from here on, so that no two choices of this process are made by the same numbers.
    const [emptiest] = populated
      .map((cell) => ({ ...cell, count: cell.counted + cell.population.added }))
      .filter(({ count, ceiling }) => count < ceiling)
      .sort((a, b) => a.count / a.ceiling - b.count / b.ceiling || a.count - b.count);
    if (emptiest) {
      emptiest.population.added += 1;
      return emptiest.place;
    }
    throw new RegionFullError(
      `Every cell of region "${stack.region}" has as many organizations as its ceiling allows: add a cell, or raise a ceiling.`,
      { region: stack.region },
    );
  }

  /** Asked for everybody who waits for it, so that no one caller aborts it. */
  #population(place: Location): Population {
    const name = locationName(place);
    const known = this.#populations.get(name);
    if (known && Date.now() - known.at < recount) return known;
    const counted = this.#directory.population(place, {});
    counted.catch(() => this.#populations.delete(name));
    const population = { counted, at: Date.now(), added: 0 };
    this.#populations.set(name, population);
    return population;
  }
}
