import type { KeyOwner } from "../keys/key-provider.ts";
import { createKey, openKey, opens } from "../keys/namespace-keys.ts";
import type { VerifiedEmbedder } from "../models/verified-embedder.ts";
import { encryptedNamespace } from "../namespace/encrypted-namespace.ts";
import { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import type { NamespaceOwner, VerifiedStore } from "../namespace/verified-store.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import type { Manifest } from "../store/manifest.ts";
import { type NamespaceKey, namespaceKey } from "../store/namespace-key.ts";
import type { DropReport } from "../store/vector-store.ts";
import type { NamespaceLocation } from "./location.ts";
import type { Region } from "./region.ts";
import type { Regions } from "./regions.ts";

type Signal = { readonly signal?: AbortSignal };

/** Creates, opens and drops the namespaces of tenants, each in the store of its own region and cell. */
export class TenantNamespaces {
  readonly #regions: Regions;
  readonly #deployment: string;

  constructor(regions: Regions, deployment: string) {
    this.#regions = regions;
    this.#deployment = deployment;
  }

  key(tenant: Tenant, location: NamespaceLocation): NamespaceKey {
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
   * Creates a namespace, or opens it if it exists.
   * @param embedder makes its vectors; undefined for none
   * @param from the namespace that it replaces, whose id salt it keeps
   */
  async create(
    tenant: Tenant,
    location: NamespaceLocation,
    embedder: VerifiedEmbedder | undefined,
    options: Signal,
    from?: VerifiedNamespace,
  ): Promise<OpenNamespace> {
    const { region } = this.#regions.at(location);
    const key = await createKey(region.keys, this.#keyOwner(tenant), from?.idSalt, options);
    const manifest: Manifest = {
      ...this.#owner(tenant, location),
      embedder: (await embedder?.fingerprint(options)) ?? null,
      ...(key ? { key } : {}),
      createdAt: Date.now(),
    };
    return this.#open(tenant, location, manifest, options);
  }

  /** Drops a namespace. Does nothing when there is none. */
  async drop(tenant: Tenant, location: NamespaceLocation, options: Signal): Promise<DropReport> {
    return this.store(location).drop(this.#owner(tenant, location), options);
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

  /** Destroys the keys of a tenant, if its region has keys. @returns whether it has */
  async destroyKeys(tenant: Tenant, location: NamespaceLocation, options: Signal): Promise<boolean> {
    const { keys } = this.#regions.at(location).region;
    await keys?.destroy(this.#keyOwner(tenant), options);
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
    if (manifest.key && (await opens(keys, manifest.key, this.#keyOwner(tenant), options))) return;
    await keys.destroy(this.#keyOwner(tenant), options);
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
    const embedder = await region.embedderOf(inner.manifest.embedder, options);
    const own = await openKey(region.keys, inner.manifest.key, this.#keyOwner(tenant), options);
    const open = own ? encryptedNamespace(inner, key, own.cipher) : inner;
    return { namespace: new VerifiedNamespace(cell.store, key, open, own?.idSalt), embedder, region };
  }

  #owner({ kind, orgId }: Tenant, { generation }: NamespaceLocation): NamespaceOwner {
    return { scheme: 1, kind, deployment: this.#deployment, orgId, generation };
  }

  #keyOwner(tenant: Tenant): KeyOwner {
    return { deployment: this.#deployment, orgId: orgIdOf(tenant) };
  }
}

/** An open namespace, the embedder of its vectors, and its region. */
export interface OpenNamespace {
  readonly namespace: VerifiedNamespace;
  readonly embedder: VerifiedEmbedder | undefined;
  readonly region: Region;
}
