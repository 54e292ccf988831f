import { EmbedderMismatchError } from "../errors/embedder-mismatch-error.ts";
import { KeyError } from "../errors/key-error.ts";
import type { KeyOwner } from "../keys/key-provider.ts";
import { createKey, destroyKeys, openKey, opens } from "../keys/namespace-keys.ts";
import { refusingEmbedder } from "../models/refusing-embedder.ts";
import type { VerifiedEmbedder } from "../models/verified-embedder.ts";
import { encryptedNamespace } from "../namespace/encrypted-namespace.ts";
import { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import type { NamespaceOwner, VerifiedStore } from "../namespace/verified-store.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import type { Manifest } from "../store/manifest.ts";
import { type NamespaceKey, namespaceKey } from "../store/namespace-key.ts";
import type { DropReport, Residue } from "../store/vector-store.ts";
import { type Location, type NamespaceLocation, newGeneration, sameNamespace } from "./location.ts";
import type { ListedNamespace, NamespaceList } from "./namespace-list.ts";
import type { Region } from "./region.ts";
import type { Regions } from "./regions.ts";
import type { TenantState } from "./tenant-state.ts";

type Signal = { readonly signal?: AbortSignal };

/** For how long a namespace that is gone is looked at again, in milliseconds: whoever was making it may have been slow. */
const lateCreation = 24 * 60 * 60 * 1000;

/** Creates, opens and drops the namespaces of tenants, each in the store of its own region and cell. */
export class TenantNamespaces {
  readonly #regions: Regions;
  readonly #deployment: string;
  readonly #list: NamespaceList;

  constructor(regions: Regions, deployment: string, list: NamespaceList) {
    this.#regions = regions;
    this.#deployment = deployment;
    this.#list = list;
  }

  key(tenant: Tenant, location: Pick<NamespaceLocation, "generation">): NamespaceKey {
    return namespaceKey(this.#owner(tenant, location));
  }

  store(location: NamespaceLocation): VerifiedStore {
    return this.#regions.at(location).cell.store;
  }

  /** @throws NamespaceNotFoundError, RegionNotConfiguredError, EmbedderMismatchError, KeyError */
  async open(tenant: Tenant, location: NamespaceLocation, options: Signal): Promise<OpenNamespace> {
    return this.#open(tenant, location, undefined, options);
  }

  /**
   * Writes a namespace down in the registry, and creates it, or opens it if it exists.
   * @param life the version of the tenant at which it was, or is to be, onboarded
   * @param embedder makes its vectors; undefined for none
   * @param from the namespace that it replaces, whose id salt it keeps
   */
  async create(
    tenant: Tenant,
    location: NamespaceLocation,
    life: number,
    embedder: VerifiedEmbedder | undefined,
    options: Signal,
    from?: VerifiedNamespace,
  ): Promise<OpenNamespace> {
    const { region } = this.#regions.at(location);
    const { keys = location.generation, ...place } = location;
    const encrypted = { ...place, keys };
    await this.#list.add(tenant, region.keys ? encrypted : place, life, options);
    const owner = this.#keyOwner(tenant, encrypted);
    const key = await createKey(region.keys, owner, from?.idSalt, options);
    const fingerprint = (await embedder?.fingerprint(options)) ?? null;
    const scatter = await embedder?.scatter(options);
    const manifest: Manifest = {
      ...this.#owner(tenant, location),
      embedder: fingerprint,
      ...(scatter ? { scatter } : {}),
      ...(key ? { key } : {}),
      createdAt: Date.now(),
    };
    return this.#open(tenant, encrypted, manifest, options);
  }

  /** A new namespace at a location, for what is in another, whose master key it keeps. */
  place({ region, cell }: Location, from: NamespaceLocation): NamespaceLocation {
    const generation = newGeneration();
    const keys = from.keys ?? generation;
    const hasKeys = this.#regions.at({ region, cell }).region.keys !== undefined;
    return { region, cell, generation, ...(hasKeys ? { keys } : {}) };
  }

  /** The namespaces of a tenant as the registry has them. */
  async list(tenant: Tenant, options: Signal): Promise<readonly ListedNamespace[]> {
    return this.#list.of(tenant, options);
  }

  /** Drops a namespace, and strikes it out once its backend says that it is gone. Does nothing when there is none. */
  async drop(tenant: Tenant, location: NamespaceLocation, options: Signal): Promise<DropReport> {
    const report = await this.store(location).drop(this.#owner(tenant, location), options);
    const isGone =
      (await this.count(tenant, location, options)) === null &&
      ((await this.leftovers(tenant, location, options)) ?? []).length === 0;
    if (isGone) await this.#list.strike(tenant, location, options);
    return report;
  }

  /**
   * Drops every listed namespace that a tenant does not use: a copy that was cancelled or given up, what an import or an onboarding
   * that ended half-way has left.
   * @returns what the backends hold of them
   * @param readState reads the registry. Called after the list was read: whoever lists a namespace has said before what for.
   */
  async dropUnused(
    tenant: Tenant,
    readState: () => Promise<TenantState>,
    options: Signal,
  ): Promise<readonly Residue[]> {
    const all = await this.list(tenant, options);
    const state = await readState();
    const { location, previous, migration } = state;
    // A move that has switched leaves the former namespace to whoever comes next, once nobody relies on it.
    const isLeft =
      previous?.keepsPrevious === false &&
      state.propagated &&
      location !== undefined &&
      (await this.count(tenant, location, options)) !== null;
    const former = isLeft ? undefined : previous?.location;
    const inUse = state.state === "gone" ? [] : [location, former, migration?.to];
    const used = inUse.filter((one) => one !== undefined);
    const residue: Residue[] = [];
    for (const listed of all) {
      const { location: unused, life, removedAt = Number.POSITIVE_INFINITY } = listed;
      const isOver = life <= state.onboarded && !used.some((one) => sameNamespace(one, unused));
      if (isOver && Date.now() - removedAt < lateCreation)
        residue.push(...(await this.discard(tenant, unused, used, options)).residue);
    }
    return residue;
  }

  /** Drops a namespace, and destroys its keys unless one of those that are used has the same. */
  async discard(
    tenant: Tenant,
    location: NamespaceLocation,
    used: readonly NamespaceLocation[],
    options: Signal,
  ): Promise<DropReport> {
    const report = await this.drop(tenant, location, options);
    if (location.keys !== undefined && !used.some(({ keys }) => keys === location.keys))
      await this.destroyKeys(tenant, location, options);
    return report;
  }

  /** How many memories a namespace holds, null when there is none. */
  async count(tenant: Tenant, location: NamespaceLocation, options: Signal): Promise<number | null> {
    return this.store(location).count(this.#owner(tenant, location), options);
  }

  /** What the backend still lists under a namespace's name, undefined when its store cannot list that. */
  async leftovers(
    tenant: Tenant,
    location: NamespaceLocation,
    options: Signal,
  ): Promise<readonly string[] | undefined> {
    return this.store(location).leftovers(this.#owner(tenant, location), options);
  }

  /** Destroys the keys of a namespace, if its region has keys. @returns whether it has */
  async destroyKeys(tenant: Tenant, location: NamespaceLocation, options: Signal): Promise<boolean> {
    const { keys } = this.#regions.at(location).region;
    if (keys) await destroyKeys(keys, this.#keyOwner(tenant, location), options);
    return keys !== undefined;
  }

  /**
   * Destroys the keys of a tenant in the region that it has left. Keeps them if they also unwrap the key that is in
   * use.
   */
  async destroyKeysLeft(
    tenant: Tenant,
    left: NamespaceLocation,
    now: NamespaceLocation,
    options: Signal,
  ): Promise<void> {
    const { keys } = this.#regions.at(left).region;
    if (!keys) return;
    const { manifest } = await this.store(now).open(this.#owner(tenant, now), options);
    if (manifest.key && (await opens(keys, manifest.key, this.#keyOwner(tenant, now), options))) return;
    await destroyKeys(keys, this.#keyOwner(tenant, left), options);
  }

  async #open(
    tenant: Tenant,
    location: NamespaceLocation,
    create: Manifest | undefined,
    options: Signal,
  ): Promise<OpenNamespace> {
    const { region, cell } = this.#regions.at(location);
    const owner = this.#owner(tenant, location);
    const inner = await cell.store.open(owner, { ...(create ? { create } : {}), ...options });
    const key = namespaceKey(owner);
    const { manifest } = inner;
    if (!create) assertEncryption(manifest, location, key);
    // Listing, exporting and deleting need no vectors.
    const embedder = await region.embedderOf(manifest.embedder, options).catch((error: unknown) => {
      if (EmbedderMismatchError.isInstance(error)) return refusingEmbedder(error);
      throw error;
    });
    const own = await openKey(region.keys, manifest.key, this.#keyOwner(tenant, location), options);
    const open = own ? encryptedNamespace(inner, key, own.cipher) : inner;
    const { keys, ...place } = location;
    return {
      namespace: new VerifiedNamespace(cell.store, key, open, own?.idSalt ?? tenant.orgId),
      // Who was first has decided whether it is encrypted.
      location: manifest.key && keys !== undefined ? location : place,
      embedder,
      region,
    };
  }

  #owner({ kind, orgId }: Tenant, { generation }: Pick<NamespaceLocation, "generation">): NamespaceOwner {
    return { scheme: 1, kind, deployment: this.#deployment, orgId, generation };
  }

  #keyOwner(tenant: Tenant, { keys, generation }: NamespaceLocation): KeyOwner {
    return { deployment: this.#deployment, orgId: orgIdOf(tenant), generation: keys ?? generation };
  }
}

/** An open namespace, the embedder of its vectors, and its region. */
export interface OpenNamespace {
  readonly namespace: VerifiedNamespace;
  /** Where it is, with the number of its keys where it is encrypted. */
  readonly location: NamespaceLocation;
  readonly embedder: VerifiedEmbedder | undefined;
  readonly region: Region;
}

/** The registry says whether a namespace is encrypted: what its own manifest says could have been changed. */
function assertEncryption({ key }: Manifest, { keys }: NamespaceLocation, name: NamespaceKey): void {
  if ((key !== undefined) === (keys !== undefined)) return;
  const problem = keys === undefined ? "has a key, but is not encrypted" : "has no key, but is encrypted";
  throw new KeyError(
    `Namespace ${name} ${problem} by the registry: its manifest was changed. Nothing of it was read; restore it from a backup.`,
    { problem: "wrong" },
  );
}
