import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { createKey, openKey, opens } from "../keys/namespace-keys.ts";
import type { VerifiedEmbedder } from "../models/verified-embedder.ts";
import { callStore } from "../namespace/call-store.ts";
import { encryptedNamespace } from "../namespace/encrypted-namespace.ts";
import { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import { type Manifest, verifyManifest } from "../store/manifest.ts";
import { type NamespaceKey, namespaceKey } from "../store/namespace-key.ts";
import type { DropReport, VectorStore } from "../store/vector-store.ts";
import type { NamespaceLocation } from "./location.ts";
import type { Region } from "./region.ts";
import type { Regions } from "./regions.ts";

type Signal = { readonly signal?: AbortSignal };

/** A namespace that was opened, with the embedder that its vectors are of and all else of its region. */
export interface OpenNamespace {
  readonly namespace: VerifiedNamespace;
  readonly embedder: VerifiedEmbedder | undefined;
  readonly stack: Region;
}

/** Makes, opens and drops the namespaces of tenants, each in the store of its own region and cell. */
export class TenantNamespaces {
  readonly #regions: Regions;
  readonly #deployment: string;

  constructor(regions: Regions, deployment: string) {
    this.#regions = regions;
    this.#deployment = deployment;
  }

  key({ kind, orgId }: Tenant, { generation }: NamespaceLocation): NamespaceKey {
    return namespaceKey({ kind, deployment: this.#deployment, orgId, generation });
  }

  store(home: NamespaceLocation): VectorStore {
    return this.#regions.at(home).cell.store;
  }

  /** @throws NamespaceNotFoundError, RegionNotConfiguredError, EmbedderMismatchError, KeyError */
  async open(tenant: Tenant, home: NamespaceLocation, options: Signal): Promise<OpenNamespace> {
    return this.#open(tenant, home, undefined, options);
  }

  /**
   * Creates a namespace, or opens it where it was created before.
   * @param embedder makes its vectors; undefined for none
   * @param from the namespace that it takes over from
   */
  async create(
    tenant: Tenant,
    home: NamespaceLocation,
    embedder: VerifiedEmbedder | undefined,
    options: Signal,
    from?: VerifiedNamespace,
  ): Promise<OpenNamespace> {
    const { stack } = this.#regions.at(home);
    const key = await createKey(stack.keys, this.#owner(tenant), from?.idSalt, options);
    const manifest: Manifest = {
      ...this.#expected(tenant, home),
      embedder: (await embedder?.fingerprint(options)) ?? null,
      ...(key ? { key } : {}),
      createdAt: Date.now(),
    };
    return this.#open(tenant, home, manifest, options);
  }

  /** Drops a namespace, or does nothing where there is none. */
  async drop(tenant: Tenant, home: NamespaceLocation, options: Signal): Promise<DropReport> {
    const store = this.store(home);
    return callStore(store, "drop", options.signal, () =>
      store.drop({ key: this.key(tenant, home), ...options }),
    );
  }

  /** How many memories a namespace holds, null where there is none. */
  async count(tenant: Tenant, home: NamespaceLocation, options: Signal): Promise<number | null> {
    try {
      const store = this.store(home);
      return await callStore(store, "count", options.signal, async () => {
        const namespace = await store.open({ key: this.key(tenant, home), ...options });
        return namespace.count({ scope: scopeFilter({}, "within"), ...options });
      });
    } catch (error) {
      if (NamespaceNotFoundError.isInstance(error)) return null;
      throw error;
    }
  }

  /** What the backend beneath lists under a namespace's name, undefined where its store cannot say. */
  async leftovers(
    tenant: Tenant,
    home: NamespaceLocation,
    options: Signal,
  ): Promise<readonly string[] | undefined> {
    const store = this.store(home);
    if (!store.leftovers) return undefined;
    return callStore(store, "traces", options.signal, async () =>
      store.leftovers?.({ key: this.key(tenant, home), ...options }),
    );
  }

  /** Destroys the keys of a tenant, where its region has keys. @returns whether it has */
  async destroyKeys(tenant: Tenant, home: NamespaceLocation, options: Signal): Promise<boolean> {
    const { keys } = this.#regions.at(home).stack;
    await keys?.destroy(this.#owner(tenant), options);
    return keys !== undefined;
  }

  /**
   * Destroys the keys of a tenant in the region that it has left, unless the region where it is now has the same: what
   * opens the key that is in use has to stay.
   */
  async destroyKeysLeft(
    tenant: Tenant,
    left: NamespaceLocation,
    now: NamespaceLocation,
    options: Signal,
  ): Promise<void> {
    const { keys } = this.#regions.at(left).stack;
    if (!keys) return;
    const { manifest } = await this.store(now).open({ key: this.key(tenant, now), ...options });
    if (manifest.key && (await opens(keys, manifest.key, this.#owner(tenant), options))) return;
    await keys.destroy(this.#owner(tenant), options);
  }

  async #open(
    tenant: Tenant,
    home: NamespaceLocation,
    create: Manifest | undefined,
    options: Signal,
  ): Promise<OpenNamespace> {
    const { stack, cell } = this.#regions.at(home);
    const key = this.key(tenant, home);
    const inner = await callStore(cell.store, "open", options.signal, () =>
      cell.store.open({ key, ...(create ? { create } : {}), ...options }),
    );
    verifyManifest(inner.manifest, this.#expected(tenant, home), key);
    const embedder = await stack.embedderOf(inner.manifest.embedder, options);
    const own = await openKey(stack.keys, inner.manifest.key, this.#owner(tenant), options);
    const open = own ? encryptedNamespace(inner, key, own.cipher) : inner;
    return { namespace: new VerifiedNamespace(cell.store, key, open, own?.idSalt), embedder, stack };
  }

  #owner(tenant: Tenant): { readonly deployment: string; readonly orgId: string | null } {
    return { deployment: this.#deployment, orgId: orgIdOf(tenant) };
  }

  #expected(
    { kind, orgId }: Tenant,
    { generation }: NamespaceLocation,
  ): Omit<Manifest, "createdAt" | "embedder"> {
    return { scheme: 1, kind, deployment: this.#deployment, orgId, generation };
  }
}
