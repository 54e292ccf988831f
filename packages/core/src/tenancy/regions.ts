import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { OrganizationNotFoundError } from "../errors/organization-not-found-error.ts";
import { RegionFullError } from "../errors/region-full-error.ts";
import { RegionNotConfiguredError } from "../errors/region-not-configured-error.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import { endWithSignal } from "../util/end-with-signal.ts";
import { type Location, locationName } from "./location.ts";
import type { Cell, Region } from "./region.ts";
import type { TenantRegistry } from "./tenant-registry.ts";

/** How long, in milliseconds, a counted population is used before it is counted again. */
const recount = 10_000;

/** The regions of a deployment, as this process is configured. Nothing crosses from one region into another. */
export class Regions {
  readonly #regions: ReadonlyMap<string, Region>;
  readonly #registry: TenantRegistry;
  readonly #populations = new Map<string, Population>();

  constructor(regions: readonly Region[], registry: TenantRegistry) {
    this.#regions = new Map(regions.map((region) => [region.name, region]));
    this.#registry = registry;
  }

  get all(): readonly Region[] {
    return [...this.#regions.values()];
  }

  /** Whether there is one cell only, so that processes need not agree on where an organization goes. */
  get isSingleLocation(): boolean {
    const [region] = this.#regions.values();
    return this.#regions.size === 1 && region?.cells.size === 1;
  }

  /** @throws RegionNotConfiguredError */
  at(location: Location): { readonly region: Region; readonly cell: Cell } {
    const region = this.#regions.get(location.region);
    const cell = region?.cells.get(location.cell);
    if (region && cell) return { region, cell };
    throw new RegionNotConfiguredError(
      `The organization lives in ${region ? `cell "${location.cell}" of ` : ""}region "${location.region}", which this memory is not configured with. Give it to new Memory, or ask a process that has it. No other region was searched.`,
      { region: location.region, cell: location.cell },
    );
  }

  /** @throws InvalidInputError before any I/O for an unknown region or cell, and where a region must be named */
  assertKnown(name: string | undefined, cell?: string): void {
    if (name === undefined && this.#regions.size > 1) {
      throw new InvalidInputError(
        `region is missing: choose one of ${quoted(this.#regions.keys())}. There is no default, since an organization stays pinned to its region.`,
        { path: "region" },
      );
    }
    const region = this.#find(name);
    if (!region) {
      throw new InvalidInputError(`There is no such region; there are ${quoted(this.#regions.keys())}.`, {
        path: "region",
      });
    }
    if (cell === undefined || region.cells.has(cell)) return;
    throw new InvalidInputError(
      `Region "${region.name}" has no such cell; it has ${quoted(region.cells.keys())}.`,
      { path: "cell" },
    );
  }

  /**
   * The emptiest cell of a region, for a new organization.
   * @param name may be left out where there is only one region
   * @throws OrganizationNotFoundError where a region must be named; RegionFullError
   */
  async choose(
    tenant: Tenant,
    name: string | undefined,
    { signal }: { readonly signal?: AbortSignal },
  ): Promise<Location> {
    const region = name === undefined && this.#regions.size > 1 ? undefined : this.#find(name);
    if (!region) {
      throw new OrganizationNotFoundError(
        `There is no organization ${JSON.stringify(orgIdOf(tenant))}, and a write does not choose its region. Call memory.organization(orgId).onboard({ region }) first.`,
        { orgId: orgIdOf(tenant) },
      );
    }
    const cells = [...region.cells].map(([cell, { ceiling }]) => ({
      location: { region: region.name, cell },
      ceiling,
    }));
    const [first] = cells;
    if (first && cells.length === 1 && first.ceiling === Number.POSITIVE_INFINITY) return first.location;
    const populated = await Promise.all(
      cells.map(async (cell) => {
        const population = this.#population(cell.location);
        return { ...cell, population, counted: await endWithSignal(signal, population.counted) };
      }),
    );
    // No await from here on, so that no two choices of this process use the same numbers.
    const [emptiest] = populated
      .map((cell) => ({ ...cell, count: cell.counted + cell.population.added }))
      .filter(({ count, ceiling }) => count < ceiling)
      .sort((a, b) => a.count / a.ceiling - b.count / b.ceiling || a.count - b.count);
    if (emptiest) {
      emptiest.population.added += 1;
      return emptiest.location;
    }
    throw new RegionFullError(
      `Every cell of region "${region.name}" has as many organizations as its ceiling allows: add a cell, or raise a ceiling.`,
      { region: region.name },
    );
  }

  #find(name: string | undefined): Region | undefined {
    const [first] = this.#regions.values();
    return name === undefined ? first : this.#regions.get(name);
  }

  /** Counted once for all concurrent callers, so that no caller's abort ends it. */
  #population(location: Location): Population {
    const name = locationName(location);
    const known = this.#populations.get(name);
    if (known && Date.now() - known.at < recount) return known;
    const counted = this.#registry.population(location, {});
    counted.catch(() => this.#populations.delete(name));
    const population = { counted, at: Date.now(), added: 0 };
    this.#populations.set(name, population);
    return population;
  }
}

/** How many organizations a cell had when they were counted, and how many this process has added since. */
interface Population {
  readonly counted: Promise<number>;
  readonly at: number;
  added: number;
}

function quoted(names: Iterable<string>): string {
  return Array.from(names, (name) => JSON.stringify(name)).join(", ");
}
