import { OrganizationNotFoundError } from "../errors/organization-not-found-error.ts";
import { StoreError } from "../errors/store-error.ts";
import { type Call, signalOf } from "../input/call-options.ts";
import type { ParsedScope } from "../scope/parse-scope.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import { distinctResidue } from "../store/distinct-residue.ts";
import type { Residue } from "../store/vector-store.ts";
import { type NamespaceLocation, sameNamespace } from "../tenancy/location.ts";
import type { TenantNamespaces } from "../tenancy/tenant-namespaces.ts";
import type { TenantRegistry } from "../tenancy/tenant-registry.ts";
import type { TenantState } from "../tenancy/tenant-state.ts";
import type { Ledger } from "./ledger.ts";
import { type ErasurePlan, type ErasureReceipt, sealReceipt } from "./receipt.ts";

type Signal = { readonly signal?: AbortSignal };
type Erased = Pick<ErasureReceipt, "scope" | "memories" | "checks" | "residue" | "actor">;

/** Erases tenants and their former namespaces, and issues receipts. */
export class Offboarding {
  readonly #registry: TenantRegistry;
  readonly #ledger: Ledger;
  readonly #namespaces: TenantNamespaces;
  readonly #deployment: string;

  constructor(registry: TenantRegistry, ledger: Ledger, namespaces: TenantNamespaces, deployment: string) {
    this.#registry = registry;
    this.#ledger = ledger;
    this.#namespaces = namespaces;
    this.#deployment = deployment;
  }

  /**
   * Offboards a tenant: records it as gone in the registry, drops all its namespaces, destroys its keys, and
   * verifies the result. Can be repeated until it succeeds, and then reports the same state.
   * @throws OrganizationNotFoundError for an unknown tenant
   */
  async offboard(tenant: Tenant, call: Call): Promise<ErasureReceipt> {
    const options = signalOf(call);
    const before = await this.#registry.state(tenant, options);
    if (!before.location) throw unknown(tenant);
    // Starts nothing when one of its stores is not configured.
    for (const location of await this.#locationsOf(tenant, before, options)) this.#namespaces.store(location);
    const left = { region: before.location.region, cell: before.location.cell };
    if (before.state !== "gone")
      await this.#registry.record("gone", tenant, before.version, { left }, options);
    // This read finds a migration that began meanwhile. A later migration finds that the tenant is gone.
    const state = await this.#registry.state(tenant, options);
    if (state.state !== "gone" || state.version !== before.version || !state.location) {
      throw incomplete(
        this.#namespaces.store(before.location).name,
        "the registry does not say that the organization is gone",
      );
    }
    const memories = await this.#namespaces.count(tenant, state.location, options);
    const locations = await this.#locationsOf(tenant, state, options);
    const residue: Residue[] = [];
    for (const location of locations)
      residue.push(...(await this.#namespaces.drop(tenant, location, options)).residue);
    let hasKeys = false;
    for (const location of locations)
      hasKeys = (await this.#namespaces.destroyKeys(tenant, location, options)) || hasKeys;
    const checks = ["the registry says gone, so writes are refused"];
    for (const location of locations) checks.push(...(await this.#assertDropped(tenant, location, options)));
    return this.receipt(
      "offboard",
      tenant,
      state.location,
      {
        scope: {},
        memories,
        checks: hasKeys
          ? [...checks, "its key provider was asked to destroy its keys, and reported no error"]
          : checks,
        residue: distinctResidue(residue),
        actor: call.actor ?? null,
      },
      options,
    );
  }

  /** What an offboarding would delete. @throws OrganizationNotFoundError */
  async plan(tenant: Tenant, options: Signal): Promise<ErasurePlan> {
    const { location } = await this.#registry.state(tenant, options);
    if (!location) throw unknown(tenant);
    const store = this.#namespaces.store(location);
    return {
      kind: "plan",
      orgId: orgIdOf(tenant),
      scope: {},
      namespace: this.#namespaces.key(tenant, location),
      store: store.name,
      memories: (await this.#namespaces.count(tenant, location, options)) ?? 0,
      residue: store.capabilities.residue ?? [],
    };
  }

  /** What would be erased at a scope of an organization that has never stored anything. */
  planOfNothing({ tenant, inner }: ParsedScope): ErasurePlan {
    return {
      kind: "plan",
      orgId: orgIdOf(tenant),
      scope: inner,
      namespace: this.#namespaces.key(tenant, { generation: 0 }),
      store: "none",
      memories: 0,
      residue: [],
    };
  }

  /** Drops the former namespace of a tenant, and issues a receipt. */
  async purge(
    kind: "move" | "reembed" | "rekey",
    tenant: Tenant,
    location: NamespaceLocation,
    actor: string | null,
    options: Signal,
  ): Promise<ErasureReceipt> {
    const memories = await this.#namespaces.count(tenant, location, options);
    const { residue } = await this.#namespaces.drop(tenant, location, options);
    const checks = await this.#assertDropped(tenant, location, options);
    return this.receipt(kind, tenant, location, { scope: {}, memories, checks, residue, actor }, options);
  }

  /** Issues a receipt, and adds it to the deployment's ledger. @param location undefined for a tenant that never had one */
  async receipt(
    kind: ErasureReceipt["kind"],
    tenant: Tenant,
    location: NamespaceLocation | undefined,
    erased: Erased,
    options: Signal,
  ): Promise<ErasureReceipt> {
    const { generation } = location ?? { generation: 0 };
    const content = {
      version: 1,
      kind,
      deployment: this.#deployment,
      orgId: orgIdOf(tenant),
      generation,
      namespace: this.#namespaces.key(tenant, { generation }),
      store: location ? this.#namespaces.store(location).name : "none",
      at: new Date(),
      ...erased,
    } as const;
    return this.#ledger.add((last) => sealReceipt(content, last), options);
  }

  /**
   * All namespaces that may hold data of a tenant: those that it uses, and every one that was ever listed for this life of it and
   * those before. One that is gone is looked at again, since whoever was making it may have been slow.
   */
  async #locationsOf(
    tenant: Tenant,
    { location, previous, migration, onboarded, version }: TenantState,
    options: Signal,
  ): Promise<readonly NamespaceLocation[]> {
    // A tenant that is being imported has not been onboarded yet.
    const life = Math.max(onboarded, version);
    const listed = (await this.#namespaces.list(tenant, options)).filter((one) => one.life <= life);
    const all = [location, previous?.location, migration?.to, ...listed.map((one) => one.location)];
    const found = all.filter((one) => one !== undefined);
    return found.filter((one, index) => found.findIndex((other) => sameNamespace(one, other)) === index);
  }

  async #assertDropped(
    tenant: Tenant,
    location: NamespaceLocation,
    options: Signal,
  ): Promise<readonly string[]> {
    const key = this.#namespaces.key(tenant, location);
    const { name } = this.#namespaces.store(location);
    if ((await this.#namespaces.count(tenant, location, options)) !== null)
      throw incomplete(name, `namespace ${key} can still be opened`);
    const check = `namespace ${key} can no longer be opened`;
    const leftovers = await this.#namespaces.leftovers(tenant, location, options);
    if (!leftovers) return [check];
    if (leftovers.length > 0)
      throw incomplete(name, `the backend still has ${leftovers.join(" and ")} of namespace ${key}`);
    return [check, "the backend lists nothing under its name"];
  }
}

function incomplete(store: string, what: string): StoreError {
  return new StoreError(
    `The purge is not complete: ${what}. Repeat the call.`,
    { store },
    { retryable: true },
  );
}

function unknown(tenant: Tenant): OrganizationNotFoundError {
  return new OrganizationNotFoundError(
    `There is no organization ${JSON.stringify(orgIdOf(tenant))} to offboard: it was never onboarded. Check the id; it is compared exactly.`,
    { orgId: orgIdOf(tenant) },
  );
}
