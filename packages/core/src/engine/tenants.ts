import type { Forgotten } from "../erasure/forget.ts";
import { type ErasurePlan, type ErasureReceipt, sealReceipt } from "../erasure/receipt.ts";
import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { OrganizationBusyError } from "../errors/organization-busy-error.ts";
import { OrganizationGoneError } from "../errors/organization-gone-error.ts";
import { OrganizationNotFoundError } from "../errors/organization-not-found-error.ts";
import { StoreError } from "../errors/store-error.ts";
import { CheckedNamespace } from "../namespace/checked-namespace.ts";
import type { Directory } from "../namespace/directory.ts";
import { verifyManifest } from "../namespace/manifest.ts";
import { type NamespaceKey, namespaceKey } from "../namespace/namespace-key.ts";
import type { ParsedScope } from "../scope/parse-scope.ts";
import { writeReach } from "../scope/reach.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import type { VectorStore } from "../store/vector-store.ts";
import type { Embedding } from "./embedding.ts";

type Signal = { readonly signal?: AbortSignal };

/** The most namespace handles kept; an older one is opened again when needed. */
const maxOpen = 4096;

/** Where an import writes. */
export interface ImportTarget {
  readonly namespace: CheckedNamespace;
  readonly generation: number;
  /** Whether the tenant begins with this import. */
  readonly isNew: boolean;
}

/** Opens, creates and ends the namespaces of tenants: the only place where a namespace begins or ends. */
export class Tenants {
  readonly #store: VectorStore;
  readonly #directory: Directory;
  readonly #deployment: string;
  readonly #embedding: Embedding | undefined;
  readonly #open = new Map<string, CheckedNamespace>();

  constructor(
    store: VectorStore,
    directory: Directory,
    deployment: string,
    embedding: Embedding | undefined,
  ) {
    this.#store = store;
    this.#directory = directory;
    this.#deployment = deployment;
    this.#embedding = embedding;
  }

  /**
   * The tenant's namespace, undefined for a tenant that is unknown.
   * @throws OrganizationGoneError
   */
  async open(tenant: Tenant, options: Signal): Promise<CheckedNamespace | undefined> {
    const known = this.#open.get(tenant.orgId);
    if (known) {
      // A Map keeps the order of insertion: what is used moves to its end, and the front is closed first.
      this.#open.delete(tenant.orgId);
      this.#open.set(tenant.orgId, known);
      return known;
    }
    const { state, generation } = await this.#directory.state(tenant, options);
    if (state === "gone") throw gone(tenant);
    if (state === "importing") throw busy(tenant);
    if (state === "active") return this.#openActive(tenant, generation, options);
    return undefined;
  }

  /**
   * The tenant's namespace, created for a tenant that is unknown. Two calls at once create it once.
   * @throws OrganizationGoneError
   */
  async openOrCreate(tenant: Tenant, options: Signal): Promise<CheckedNamespace> {
    return (await this.open(tenant, options)) ?? this.onboard(tenant, options);
  }

  /** Forgets a handle whose namespace turned out to be gone. */
  forget(tenant: Tenant): void {
    this.#open.delete(tenant.orgId);
  }

  /** Creates the namespace of a tenant that is unknown or gone; returns that of an active one. */
  async onboard(tenant: Tenant, options: Signal): Promise<CheckedNamespace> {
    const before = await this.#directory.state(tenant, options);
    if (before.state === "active") return this.#openActive(tenant, before.generation, options);
    if (before.state === "importing") throw busy(tenant);
    const generation = before.generation + 1;
    // First the namespace, then the directory: what the directory lists has existed.
    const namespace = await this.#openGeneration(tenant, generation, true, options);
    await this.#directory.record("onboarded", tenant, generation, options);
    const after = await this.#directory.state(tenant, options);
    if (after.state !== "active" || after.generation !== generation) {
      // Another process offboarded the tenant while this one was creating it.
      await this.#store.drop(namespace.key, options);
      throw gone(tenant);
    }
    return this.#keep(tenant, namespace);
  }

  /**
   * The namespace to import a dump into: that of an active tenant, or one that nobody sees until `finishImport`. An
   * import of the same dump that was interrupted goes on, that of another one is thrown away.
   * @throws OrganizationGoneError
   */
  async beginImport(tenant: Tenant, dump: string, options: Signal): Promise<ImportTarget> {
    const before = await this.#directory.state(tenant, options);
    if (before.state === "gone") throw gone(tenant);
    if (before.state === "active") {
      const namespace = await this.#openActive(tenant, before.generation, options);
      return { namespace, generation: before.generation, isNew: false };
    }
    const generation = before.state === "importing" ? before.generation : before.generation + 1;
    if (before.state === "importing" && before.dump !== dump)
      await this.#store.drop(this.#key(tenant, generation), options);
    await this.#directory.record("importing", tenant, generation, options, dump);
    return {
      namespace: await this.#openGeneration(tenant, generation, true, options),
      generation,
      isNew: true,
    };
  }

  /** Lets everybody see what was imported. */
  async finishImport(tenant: Tenant, { generation }: ImportTarget, options: Signal): Promise<void> {
    await this.#directory.record("onboarded", tenant, generation, options);
  }

  /**
   * Ends a tenant: fences it off in the directory, drops its namespace and looks whether it is gone.
   * Can be repeated until it succeeds, and then says again what holds.
   */
  async offboard(tenant: Tenant, options: Signal): Promise<ErasureReceipt> {
    const { state, generation } = await this.#directory.state(tenant, options);
    if (state === "unknown") throw unknown(tenant);
    if (state !== "gone") await this.#directory.record("gone", tenant, generation, options);
    this.forget(tenant);
    const key = this.#key(tenant, generation);
    const memories = await this.#count(key, options);
    const { residue } = await this.#store.drop(key, options);
    const checks = await this.#verifyGone(tenant, generation, key, options);
    const erased = { scope: {}, generation, namespace: key, memories, checks, residue };
    return this.#giveReceipt("offboard", tenant, erased, options);
  }

  /** What an offboarding would remove. @throws OrganizationNotFoundError */
  async planOffboard(tenant: Tenant, options: Signal): Promise<ErasurePlan> {
    const { state, generation } = await this.#directory.state(tenant, options);
    if (state === "unknown") throw unknown(tenant);
    const key = this.#key(tenant, generation);
    return {
      kind: "plan",
      orgId: orgIdOf(tenant),
      scope: {},
      namespace: key,
      store: this.#store.name,
      memories: (await this.#count(key, options)) ?? 0,
      residue: this.#store.capabilities.residue ?? [],
    };
  }

  /** A receipt of what was forgotten, with its place in the deployment's ledger. */
  async receiptFor(
    { tenant, inner }: ParsedScope,
    namespace: CheckedNamespace,
    { memories, checks }: Forgotten,
    options: Signal,
  ): Promise<ErasureReceipt> {
    const residue = memories === 0 ? [] : namespace.residue;
    const { generation } = namespace.manifest;
    const erased = { scope: inner, generation, namespace: namespace.key, memories, checks, residue };
    return this.#giveReceipt("forget", tenant, erased, options);
  }

  async #giveReceipt(
    kind: ErasureReceipt["kind"],
    tenant: Tenant,
    erased: Pick<ErasureReceipt, "scope" | "generation" | "namespace" | "memories" | "checks" | "residue">,
    options: Signal,
  ): Promise<ErasureReceipt> {
    const content = {
      version: 1,
      kind,
      deployment: this.#deployment,
      orgId: orgIdOf(tenant),
      store: this.#store.name,
      at: new Date(),
      ...erased,
    } as const;
    return this.#directory.addReceipt((last) => sealReceipt(content, last), options);
  }

  async #openActive(tenant: Tenant, generation: number, options: Signal): Promise<CheckedNamespace> {
    try {
      return this.#keep(tenant, await this.#openGeneration(tenant, generation, false, options));
    } catch (error) {
      if (!NamespaceNotFoundError.isInstance(error)) throw error;
      const now = await this.#directory.state(tenant, options);
      if (now.state === "gone") throw gone(tenant);
      throw new StoreError(
        `The directory lists organization ${JSON.stringify(tenant.orgId)}, but its namespace ${error.namespace} is missing from the ${this.#store.name} store. Restore it from a backup, or offboard the organization.`,
        { store: this.#store.name },
        { cause: error },
      );
    }
  }

  async #openGeneration(
    tenant: Tenant,
    generation: number,
    create: boolean,
    options: Signal,
  ): Promise<CheckedNamespace> {
    const key = this.#key(tenant, generation);
    const expected = {
      scheme: 1,
      kind: tenant.kind,
      deployment: this.#deployment,
      orgId: tenant.orgId,
      generation,
      embedder: (await this.#embedding?.fingerprint(options)) ?? null,
    } as const;
    const inner = await this.#store.open(key, {
      ...(create ? { create: { ...expected, createdAt: Date.now() } } : {}),
      ...options,
    });
    verifyManifest(inner.manifest, expected, key);
    return new CheckedNamespace(this.#store, key, inner);
  }

  #keep(tenant: Tenant, namespace: CheckedNamespace): CheckedNamespace {
    this.#open.set(tenant.orgId, namespace);
    const [oldest] = this.#open.keys();
    if (this.#open.size > maxOpen && oldest !== undefined) this.#open.delete(oldest);
    return namespace;
  }

  #key(tenant: Tenant, generation: number): NamespaceKey {
    return namespaceKey({ kind: tenant.kind, deployment: this.#deployment, orgId: tenant.orgId, generation });
  }

  async #count(key: NamespaceKey, options: Signal): Promise<number | null> {
    try {
      const namespace = await this.#store.open(key, options);
      return await namespace.count(writeReach({}), undefined, options);
    } catch (error) {
      if (NamespaceNotFoundError.isInstance(error)) return null;
      throw error;
    }
  }

  async #verifyGone(
    tenant: Tenant,
    generation: number,
    key: NamespaceKey,
    options: Signal,
  ): Promise<readonly string[]> {
    const failed = (what: string) =>
      new StoreError(
        `Offboarding is not complete: ${what}. Call offboard again.`,
        { store: this.#store.name },
        { retryable: true },
      );
    const after = await this.#directory.state(tenant, options);
    if (after.state !== "gone" || after.generation !== generation)
      throw failed("the directory does not say that the organization is gone");
    if ((await this.#count(key, options)) !== null) throw failed(`namespace ${key} can still be opened`);
    return ["the directory says gone, so that writes are refused", "the namespace can no longer be opened"];
  }
}

function unknown(tenant: Tenant): OrganizationNotFoundError {
  return new OrganizationNotFoundError(
    `There is no organization ${JSON.stringify(tenant.orgId)} to offboard: it was never onboarded. Check the id; it is compared exactly.`,
    { orgId: orgIdOf(tenant) },
  );
}

function busy(tenant: Tenant): OrganizationBusyError {
  return new OrganizationBusyError(
    `Organization ${JSON.stringify(tenant.orgId)} is being imported. Wait until that is complete; if it was interrupted, import the same dump again, or offboard the organization.`,
    { orgId: orgIdOf(tenant) },
    { retryable: true },
  );
}

function gone(tenant: Tenant): OrganizationGoneError {
  const who =
    tenant.kind === "organization"
      ? `Organization ${JSON.stringify(tenant.orgId)}`
      : "This deployment's only tenant";
  return new OrganizationGoneError(
    `${who} was offboarded: nothing is written to it or read from it. To begin anew, empty, call onboard.`,
    {
      orgId: orgIdOf(tenant),
    },
  );
}
