import { OrganizationNotFoundError } from "../errors/organization-not-found-error.ts";
import { StoreError } from "../errors/store-error.ts";
import { type Call, signalOf } from "../input/options.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import type { Residue } from "../store/vector-store.ts";
import type { NamespaceLocation } from "../tenancy/location.ts";
import type { TenantNamespaces } from "../tenancy/tenant-namespaces.ts";
import type { TenantRegistry, TenantState } from "../tenancy/tenant-registry.ts";
import type { Ledger } from "./ledger.ts";
import { type ErasurePlan, type ErasureReceipt, sealReceipt } from "./receipt.ts";

type Signal = { readonly signal?: AbortSignal };
type Erased = Pick<ErasureReceipt, "scope" | "memories" | "checks" | "residue" | "actor">;

/** Ends tenants and the namespaces that they leave behind, and gives receipts for it. */
export class Offboarding {
  readonly #directory: TenantRegistry;
  readonly #ledger: Ledger;
  readonly #homes: TenantNamespaces;
  readonly #deployment: string;

  constructor(directory: TenantRegistry, ledger: Ledger, homes: TenantNamespaces, deployment: string) {
    this.#directory = directory;
    this.#ledger = ledger;
    this.#homes = homes;
    this.#deployment = deployment;
  }

  /**
   * Ends a tenant: fences it off in the directory, drops all its namespaces, destroys its keys, and looks whether they are
   * gone. Can be repeated until it succeeds, and then says again what holds.
   * @throws OrganizationNotFoundError for a tenant that never was
   */
  async offboard(tenant: Tenant, call: Call): Promise<ErasureReceipt> {
    const options = signalOf(call);
    const before = await this.#directory.state(tenant, options);
    if (!before.home) throw unknown(tenant);
    // Where its stores cannot be reached, nothing is begun.
    for (const home of locationsOf(before)) this.#homes.store(home);
    const left = { region: before.home.region, cell: before.home.cell };
    if (before.state !== "gone") await this.#directory.record("gone", tenant, before.step, { left }, options);
    // A migration that began meanwhile is seen now, and one that begins later sees that the tenant is gone.
    const state = await this.#directory.state(tenant, options);
    if (state.state !== "gone" || state.step !== before.step || !state.home) {
      throw incomplete(
        this.#homes.store(before.home).name,
        "the directory does not say that the organization is gone",
      );
    }
    const memories = await this.#homes.count(tenant, state.home, options);
    const residue: Residue[] = [];
    for (const home of locationsOf(state))
      residue.push(...(await this.#homes.drop(tenant, home, options)).residue);
    let hasKeys = false;
    for (const home of locationsOf(state))
      hasKeys = (await this.#homes.destroyKeys(tenant, home, options)) || hasKeys;
    const checks = ["the directory says gone, so that writes are refused"];
    for (const home of locationsOf(state)) checks.push(...(await this.#assertDropped(tenant, home, options)));
    return this.receipt(
      "offboard",
      tenant,
      state.home,
      {
        scope: {},
        memories,
        checks: hasKeys
          ? [...checks, "its key provider was told to destroy its keys, and did not refuse"]
          : checks,
        residue: distinct(residue),
        actor: call.actor ?? null,
      },
      options,
    );
  }

  /** What an offboarding would remove. @throws OrganizationNotFoundError */
  async plan(tenant: Tenant, options: Signal): Promise<ErasurePlan> {
    const { home } = await this.#directory.state(tenant, options);
    if (!home) throw unknown(tenant);
    const store = this.#homes.store(home);
    return {
      kind: "plan",
      orgId: orgIdOf(tenant),
      scope: {},
      namespace: this.#homes.key(tenant, home),
      store: store.name,
      memories: (await this.#homes.count(tenant, home, options)) ?? 0,
      residue: store.capabilities.residue ?? [],
    };
  }

  /** Drops a namespace that a tenant has left for another one. */
  async purge(
    kind: "move" | "reembed" | "rekey",
    tenant: Tenant,
    home: NamespaceLocation,
    actor: string | null,
    options: Signal,
  ): Promise<ErasureReceipt> {
    const memories = await this.#homes.count(tenant, home, options);
    const { residue } = await this.#homes.drop(tenant, home, options);
    const checks = await this.#assertDropped(tenant, home, options);
    return this.receipt(kind, tenant, home, { scope: {}, memories, checks, residue, actor }, options);
  }

  /** A receipt of what was erased, with its place in the deployment's ledger. */
  async receipt(
    kind: ErasureReceipt["kind"],
    tenant: Tenant,
    home: NamespaceLocation,
    erased: Erased,
    options: Signal,
  ): Promise<ErasureReceipt> {
    const content = {
      version: 1,
      kind,
      deployment: this.#deployment,
      orgId: orgIdOf(tenant),
      generation: home.generation,
      namespace: this.#homes.key(tenant, home),
      store: this.#homes.store(home).name,
      at: new Date(),
      ...erased,
    } as const;
    return this.#ledger.add((last) => sealReceipt(content, last), options);
  }

  async #assertDropped(tenant: Tenant, home: NamespaceLocation, options: Signal): Promise<readonly string[]> {
    const key = this.#homes.key(tenant, home);
    const { name } = this.#homes.store(home);
    if ((await this.#homes.count(tenant, home, options)) !== null)
      throw incomplete(name, `namespace ${key} can still be opened`);
    const check = `namespace ${key} can no longer be opened`;
    const leftovers = await this.#homes.leftovers(tenant, home, options);
    if (!leftovers) return [check];
    if (leftovers.length > 0)
      throw incomplete(name, `the backend still has ${leftovers.join(" and ")} of namespace ${key}`);
    return [check, "the backend lists nothing under its name"];
  }
}

/** Every namespace that may hold something of a tenant. */
function locationsOf({ home, before, migration }: TenantState): readonly NamespaceLocation[] {
  return [home, before?.home, migration?.to].filter((one) => one !== undefined);
}

function distinct(residue: readonly Residue[]): readonly Residue[] {
  return [...new Map(residue.map((left) => [`${left.where}\n${left.clearedBy}`, left])).values()];
}

function incomplete(store: string, what: string): StoreError {
  return new StoreError(`The purge is not complete: ${what}. Call it again.`, { store }, { retryable: true });
}

function unknown(tenant: Tenant): OrganizationNotFoundError {
  return new OrganizationNotFoundError(
    `There is no organization ${JSON.stringify(orgIdOf(tenant))} to offboard: it was never onboarded. Check the id; it is compared exactly.`,
    { orgId: orgIdOf(tenant) },
  );
}
