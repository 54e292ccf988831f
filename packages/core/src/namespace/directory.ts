import { KeyedLock } from "../engine/keyed-lock.ts";
import type { ErasureReceipt, LedgerEntry } from "../erasure/receipt.ts";
import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { never } from "../filter/filter.ts";
import { exactReach, placementOf } from "../scope/reach.ts";
import type { Tenant } from "../scope/tenant.ts";
import type { StoredRecord, VectorRecord, VectorStore } from "../store/vector-store.ts";
import { CheckedNamespace } from "./checked-namespace.ts";
import { digest, uuid } from "./digest.ts";
import { type Manifest, verifyManifest } from "./manifest.ts";
import { namespaceKey } from "./namespace-key.ts";

/**
 * What the directory knows of a tenant. `generation` counts its onboardings, 0 for one never seen. One that is being
 * imported is neither read nor written until it is complete.
 */
export interface TenantState {
  readonly state: "unknown" | "importing" | "active" | "gone";
  readonly generation: number;
  /** While it is imported: which dump. */
  readonly dump?: string;
}

/** An organization of the deployment, as `organizations` lists it. */
export interface OrganizationEntry extends TenantState {
  readonly state: "active" | "gone";
  readonly orgId: string;
  /** When this generation was onboarded. */
  readonly onboardedAt: Date;
}

/** One line of the directory, its payload. */
interface Event {
  readonly event: "importing" | "onboarded" | "gone";
  readonly kind: Tenant["kind"];
  readonly orgId: string;
  readonly generation: number;
  readonly at: number;
  readonly dump?: string;
}

const events = ["importing", "onboarded", "gone"] as const;
const placement = placementOf({});
const reach = exactReach(placement);
type Signal = { readonly signal?: AbortSignal };

/**
 * The list of a deployment's tenants, in a namespace of its own. It only grows: importing, onboarding and offboarding
 * are records of each generation, and the later of them outweigh the earlier. So two processes never overwrite each
 * other's word, a retry says the same again, and nothing that was offboarded comes back by accident.
 */
export class Directory {
  readonly #store: VectorStore;
  readonly #deployment: string;
  readonly #receipts = new KeyedLock();
  #namespace: CheckedNamespace | undefined;

  constructor(store: VectorStore, deployment: string) {
    this.#store = store;
    this.#deployment = deployment;
  }

  async state(tenant: Tenant, options: Signal): Promise<TenantState> {
    const namespace = await this.#find(options);
    let known: TenantState = { state: "unknown", generation: 0 };
    while (namespace) {
      const generation = known.generation + 1;
      const ids = events.map((event) => eventId(event, tenant, generation));
      const found = new Map(
        (await namespace.get(ids, reach, options)).map(decode).map((event) => [event.event, event]),
      );
      if (found.size === 0) break;
      const dump = found.get("importing")?.dump;
      if (found.has("gone")) known = { state: "gone", generation };
      else if (found.has("onboarded")) return { state: "active", generation };
      else return { state: "importing", generation, ...(dump === undefined ? {} : { dump }) };
    }
    return known;
  }

  async record(
    event: Event["event"],
    tenant: Tenant,
    generation: number,
    options: Signal,
    dump?: string,
  ): Promise<void> {
    const at = Date.now();
    const namespace = await this.#open({ create: { ...this.#expected(), createdAt: at } }, options);
    const record: VectorRecord = {
      id: eventId(event, tenant, generation),
      namespace: namespace.key,
      placement,
      fields: { $createdAt: at, $validFrom: at, $validTo: never, $expiresAt: never, event },
      keywords: { own: [], before: [], after: [] },
      payload: JSON.stringify({
        event,
        kind: tenant.kind,
        orgId: tenant.orgId,
        generation,
        at,
        ...(dump === undefined ? {} : { dump }),
      } satisfies Event),
    };
    await namespace.upsert([record], options);
  }

  /** Organizations in their latest generation, those onboarded last first. */
  async list(
    limit: number,
    cursor: string | undefined,
    options: Signal,
  ): Promise<{ entries: OrganizationEntry[]; cursor?: string }> {
    const namespace = await this.#find(options);
    if (!namespace) return { entries: [] };
    const page = await namespace.list({
      within: reach,
      filter: { type: "in", field: "event", values: ["onboarded"], negated: false },
      limit,
      ...(cursor === undefined ? {} : { cursor }),
      ...options,
    });
    const onboarded = page.records.map(decode).filter(({ kind }) => kind === "organization");
    const later = onboarded.flatMap((event) => [
      eventId("gone", event, event.generation),
      eventId("onboarded", event, event.generation + 1),
    ]);
    const present = new Set((await namespace.get(later, reach, options)).map(({ id }) => id));
    const entries = onboarded
      .filter((event) => !present.has(eventId("onboarded", event, event.generation + 1)))
      .map(
        (event): OrganizationEntry => ({
          orgId: event.orgId,
          state: present.has(eventId("gone", event, event.generation)) ? "gone" : "active",
          generation: event.generation,
          onboardedAt: new Date(event.at),
        }),
      );
    return { entries, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
  }

  /**
   * Adds a receipt to the deployment's ledger, which keeps of it that it was, and never whom it is about.
   * @param make is given the last entry, and makes the receipt that follows it
   */
  async addReceipt(
    make: (last: LedgerEntry | undefined) => ErasureReceipt,
    options: Signal,
  ): Promise<ErasureReceipt> {
    return this.#receipts.exclusive("ledger", async () => {
      const [last] = (await this.receipts(1, undefined, options)).entries;
      const receipt = make(last);
      const { sequence, kind, previous, digest: own } = receipt;
      const at = receipt.at.getTime();
      const namespace = await this.#open({ create: { ...this.#expected(), createdAt: at } }, options);
      const record: VectorRecord = {
        id: uuid(digest("receipt", own)),
        namespace: namespace.key,
        placement,
        // Ordered by its number, whatever the clocks of two processes say.
        fields: {
          $createdAt: sequence,
          $validFrom: at,
          $validTo: never,
          $expiresAt: never,
          event: "receipt",
        },
        keywords: { own: [], before: [], after: [] },
        payload: JSON.stringify({ sequence, kind, at, previous, digest: own }),
      };
      await namespace.upsert([record], options);
      return receipt;
    });
  }

  /** The ledger of receipts, the last first. */
  async receipts(
    limit: number,
    cursor: string | undefined,
    options: Signal,
  ): Promise<{ readonly entries: readonly LedgerEntry[]; readonly cursor?: string }> {
    const namespace = await this.#find(options);
    if (!namespace) return { entries: [] };
    const page = await namespace.list({
      within: reach,
      filter: { type: "in", field: "event", values: ["receipt"], negated: false },
      limit,
      ...(cursor === undefined ? {} : { cursor }),
      ...options,
    });
    const entries = page.records.map(({ payload }): LedgerEntry => {
      const entry = JSON.parse(payload) as Omit<LedgerEntry, "at"> & { readonly at: number };
      return { ...entry, at: new Date(entry.at) };
    });
    return { entries, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
  }

  /** The directory's namespace, undefined before the first organization. */
  async #find(options: Signal): Promise<CheckedNamespace | undefined> {
    try {
      return await this.#open({}, options);
    } catch (error) {
      if (NamespaceNotFoundError.isInstance(error)) return undefined;
      throw error;
    }
  }

  async #open(create: { readonly create?: Manifest }, options: Signal): Promise<CheckedNamespace> {
    if (this.#namespace) return this.#namespace;
    const key = namespaceKey(this.#expected());
    const inner = await this.#store.open(key, { ...create, ...options });
    verifyManifest(inner.manifest, this.#expected(), key);
    this.#namespace = new CheckedNamespace(this.#store, key, inner);
    return this.#namespace;
  }

  #expected(): Omit<Manifest, "createdAt"> {
    return {
      kind: "directory",
      deployment: this.#deployment,
      orgId: "",
      generation: 1,
      scheme: 1,
      embedder: null,
    };
  }
}

function eventId(event: Event["event"], tenant: Tenant, generation: number): string {
  return uuid(digest("directory", event, tenant.kind, tenant.orgId, String(generation)));
}

function decode(record: StoredRecord): Event {
  return JSON.parse(record.payload) as Event;
}
