import { noExpiry } from "../filter/filter.ts";
import type { Tenant } from "../scope/tenant.ts";
import { digest, uuid } from "../store/digest.ts";
import type { VectorRecord } from "../store/vector-store.ts";
import type { NamespaceLocation } from "./location.ts";
import { type SystemNamespace, systemScopeFilter, systemScopeKey } from "./system-namespace.ts";

type Signal = { readonly signal?: AbortSignal };

/**
 * Every namespace that was ever to be made for a tenant, in the registry's namespace. Each is written down before it is made, and
 * struck out after its backend was asked whether it is gone. So whoever ends a tenant, forgets a person or begins again finds what a
 * process that died has left.
 */
export class NamespaceList {
  readonly #system: SystemNamespace;

  constructor(system: SystemNamespace) {
    this.#system = system;
  }

  /** Writes down a namespace that is about to be made. */
  async add(tenant: Tenant, location: NamespaceLocation, life: number, options: Signal): Promise<void> {
    await this.#write(tenant, { location, life, listedAt: Date.now() }, options);
  }

  /** Strikes out a namespace that is gone. It keeps the moment at which that was first seen. */
  async strike(tenant: Tenant, location: NamespaceLocation, options: Signal): Promise<void> {
    const namespace = await this.#system.find(options);
    const ids = [recordId(tenant, location)];
    const [record] = (await namespace?.get({ ids, scope: systemScopeFilter, ...options })) ?? [];
    const listed = record && (JSON.parse(record.payload) as ListedNamespace);
    if (listed && listed.removedAt === undefined)
      await this.#write(tenant, { ...listed, removedAt: Date.now() }, options, record.version);
  }

  /** All of a tenant, those that are gone too. */
  async of(tenant: Tenant, options: Signal): Promise<readonly ListedNamespace[]> {
    const namespace = await this.#system.find(options);
    if (!namespace) return [];
    const found: ListedNamespace[] = [];
    const pages = namespace.pages({
      scope: systemScopeFilter,
      filter: { type: "in", field: "tenant", values: [tenantMark(tenant)], negated: false },
      limit: pageSize,
      ...options,
    });
    for await (const records of pages)
      found.push(...records.map(({ payload }) => JSON.parse(payload) as ListedNamespace));
    return found;
  }

  async #write(tenant: Tenant, listed: ListedNamespace, options: Signal, version?: string): Promise<void> {
    const namespace = await this.#system.openOrCreate(options);
    const record: VectorRecord = {
      id: recordId(tenant, listed.location),
      namespace: namespace.key,
      scopeKey: systemScopeKey,
      fields: {
        $createdAt: listed.listedAt,
        $validFrom: listed.listedAt,
        $validTo: noExpiry,
        $expiresAt: noExpiry,
        event: "namespace",
        tenant: tenantMark(tenant),
      },
      keywords: { own: [], before: [], after: [] },
      payload: JSON.stringify(listed),
      ...(version === undefined ? {} : { expected: { version } }),
    };
    await namespace.upsert({ records: [record], ...options });
  }
}

/** A namespace as the registry has it. Times are in milliseconds since 1970. */
export interface ListedNamespace {
  readonly location: NamespaceLocation;
  /** The version of the tenant at which it was, or is to be, onboarded: who ends one life leaves the next alone. */
  readonly life: number;
  readonly listedAt: number;
  /** When its backend said that it was gone. Absent while it may be there. */
  readonly removedAt?: number;
}

const pageSize = 500;

function recordId({ kind, orgId }: Tenant, { region, cell, generation }: NamespaceLocation): string {
  return uuid(digest("namespace", kind, orgId, region, cell, String(generation)));
}

function tenantMark({ kind, orgId }: Tenant): string {
  return uuid(digest("tenant", kind, orgId));
}
