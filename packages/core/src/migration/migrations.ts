import type { ErasureReceipt } from "../erasure/receipt.ts";
import { EmbedderMismatchError } from "../errors/embedder-mismatch-error.ts";
import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { UnsupportedError } from "../errors/unsupported-error.ts";
import { type Call, signalOf } from "../input/call-options.ts";
import type { ParsedMigrationOptions } from "../input/migration-options.ts";
import type { ParsedMoveOptions } from "../input/move-options.ts";
import type { ParsedReembedOptions } from "../input/reembed-options.ts";
import type { Embedder } from "../models/embedder.ts";
import type { VerifiedEmbedder } from "../models/verified-embedder.ts";
import { currentRevision, toMemoryRecord } from "../records/memory-record.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import type { Tenant } from "../scope/tenant.ts";
import { type EmbedderFingerprint, sameEmbedder } from "../store/manifest.ts";
import { type Location, type NamespaceLocation, sameLocation } from "../tenancy/location.ts";
import type { Region } from "../tenancy/region.ts";
import type { Regions } from "../tenancy/regions.ts";
import type { TenantNamespaces } from "../tenancy/tenant-namespaces.ts";
import { estimateTokens } from "../text/estimate-tokens.ts";
import type { MigrationPlan, MigrationResult } from "./migration.ts";
import type { Migrator } from "./migrator.ts";

type Signal = { readonly signal?: AbortSignal };

/** How many texts an estimate reads. */
const sampled = 1000;

/** The migrations of an organization: to another location, other vectors or another key. */
export class Migrations {
  readonly #regions: Regions;
  readonly #namespaces: TenantNamespaces;
  readonly #migrator: Migrator;

  constructor(regions: Regions, namespaces: TenantNamespaces, migrator: Migrator) {
    this.#regions = regions;
    this.#namespaces = namespaces;
    this.#migrator = migrator;
  }

  async move(tenant: Tenant, options: ParsedMoveOptions): Promise<MigrationResult> {
    const signal = signalOf(options);
    const state = await this.#migrator.state(tenant, signal);
    const { location, migration } = state;
    const { region = location.region, cell } = options.to ?? {};
    this.#regions.assertKnown(region, cell);
    const resumed = migration?.to.region === region ? migration.to : undefined;
    const current = region === location.region ? location : undefined;
    const to: Location =
      cell !== undefined
        ? { region, cell }
        : (resumed ?? current ?? (await this.#regions.choose(tenant, region, signal)));
    if (sameLocation(to, location) && !state.previous) return this.#unchanged(tenant, location, signal);
    const source = await this.#namespaces.open(tenant, location, signal);
    const { region: target } = this.#regions.at(to);
    if (source.namespace.manifest.key && !target.keys) {
      throw new InvalidInputError(
        `The organization is encrypted, and region "${region}" has no key provider: its text would be stored there unencrypted. Give that region a key provider.`,
        { path: "to" },
      );
    }
    const embedder = await embedderAt(target, source.namespace.manifest.embedder, signal);
    return this.#migrator.migrate(
      tenant,
      { ...planOf(options), kind: "move", to, embedder, keepsPrevious: false },
      signal,
    );
  }

  /** @throws UnsupportedError without an embedder on a store that has no keyword search */
  async reembed(tenant: Tenant, options: ParsedReembedOptions): Promise<MigrationResult> {
    const signal = signalOf(options);
    const { state, wanted, from, to } = await this.#reembedding(tenant, options);
    const { location, previous } = state;
    if (sameEmbedder(from, to)) {
      if (previous?.keepsPrevious) await this.#migrator.propagate(tenant, state, signal);
      if (!previous || previous.keepsPrevious) return this.#unchanged(tenant, location, signal);
    }
    return this.#migrator.migrate(
      tenant,
      { ...planOf(options), kind: "reembed", to: location, embedder: wanted, keepsPrevious: true },
      signal,
    );
  }

  /** What a re-embedding would cost. */
  async planReembedding(tenant: Tenant, options: ParsedReembedOptions): Promise<ReembedPlan> {
    const signal = signalOf(options);
    const { state, namespace, from, to } = await this.#reembedding(tenant, options);
    const count = (await this.#namespaces.count(tenant, state.location, signal)) ?? 0;
    const { records } = await namespace.list({ scope: scopeFilter({}, "within"), limit: sampled, ...signal });
    const tokens = records.reduce(
      (sum, record) => sum + estimateTokens(currentRevision(toMemoryRecord(record).payload).text),
      0,
    );
    const memories = sameEmbedder(from, to) ? 0 : count;
    const scale = records.length === 0 ? 0 : memories / records.length;
    return { kind: "plan", memories, tokens: Math.ceil(tokens * scale), from, to };
  }

  /** Drops the namespace from before the last re-embedding. This cannot be undone. */
  async confirmReembedding(tenant: Tenant, options: Call): Promise<ErasureReceipt> {
    const signal = signalOf(options);
    const state = await this.#migrator.state(tenant, signal);
    return this.#migrator.finish("reembed", tenant, state, options.actor ?? null, signal);
  }

  /** Reverts to the vectors from before the last re-embedding, and copies everything written since. */
  async revertReembedding(tenant: Tenant, options: ParsedMigrationOptions): Promise<MigrationResult> {
    const signal = signalOf(options);
    const { location, previous } = await this.#migrator.state(tenant, signal);
    if (!previous) throw nothingToRevert();
    if (!previous.keepsPrevious) {
      // An earlier call has switched back already. Only the purge is left.
      const plan = {
        ...planOf(options),
        kind: "reembed",
        to: location,
        embedder: undefined,
        keepsPrevious: false,
      } as const;
      return this.#migrator.migrate(tenant, plan, signal);
    }
    const { embedder } = await this.#namespaces.open(tenant, previous.location, signal);
    return this.#migrator.migrate(
      tenant,
      {
        ...planOf(options),
        kind: "reembed",
        to: previous.location,
        into: previous.location,
        embedder,
        keepsPrevious: false,
      },
      signal,
    );
  }

  /** Encrypts everything with a new data key, including a namespace without encryption. */
  async rotateKey(tenant: Tenant, options: ParsedMigrationOptions): Promise<MigrationResult> {
    const signal = signalOf(options);
    const { location } = await this.#migrator.state(tenant, signal);
    if (!this.#regions.at(location).region.keys) {
      throw new InvalidInputError("rotateKey needs a key provider: give one to new Memory({ keys }).", {
        path: "keys",
      });
    }
    const { embedder } = await this.#namespaces.open(tenant, location, signal);
    return this.#migrator.migrate(
      tenant,
      { ...planOf(options), kind: "rekey", to: location, embedder, keepsPrevious: false },
      signal,
    );
  }

  async cancelMigration(tenant: Tenant, options: Call): Promise<void> {
    await this.#migrator.cancel(tenant, signalOf(options));
  }

  /** The current embedder of a tenant, and the one that a re-embedding would use. */
  async #reembedding(tenant: Tenant, options: ParsedReembedOptions) {
    const signal = signalOf(options);
    const state = await this.#migrator.state(tenant, signal);
    const { region, cell } = this.#regions.at(state.location);
    const wanted = this.#embedder(region, options.embedder);
    if (!wanted && !cell.store.capabilities.keyword)
      throw new UnsupportedError(`The ${cell.store.name} store has no keyword search: it needs vectors.`);
    const { namespace } = await this.#namespaces.open(tenant, state.location, signal);
    const to = (await wanted?.fingerprint(signal)) ?? null;
    return { state, wanted, namespace, from: namespace.manifest.embedder, to };
  }

  #embedder(region: Region, wanted: Embedder | null | undefined): VerifiedEmbedder | undefined {
    if (wanted === undefined) return region.embedder;
    const found = region.embedderFor(wanted);
    if (found === undefined) {
      throw new InvalidInputError(
        `embedder is not configured for region "${region.name}". Every process that serves the organization needs it: give it to new Memory as embedder or in formerEmbedders.`,
        { path: "embedder" },
      );
    }
    return found ?? undefined;
  }

  async #unchanged(tenant: Tenant, location: NamespaceLocation, signal: Signal): Promise<MigrationResult> {
    const memories = (await this.#namespaces.count(tenant, location, signal)) ?? 0;
    return { region: location.region, cell: location.cell, memories, copied: 0, paused: 0, receipt: null };
  }
}

/**
 * What a re-embedding would cost.
 * @example
 * ```ts
 * const { memories, tokens }: ReembedPlan = await acme.planReembedding();
 * ```
 */
export interface ReembedPlan {
  readonly kind: "plan";
  /** How many memories would be embedded. */
  readonly memories: number;
  /** Their estimated number of tokens, extrapolated from up to 1,000 texts. */
  readonly tokens: number;
  /** The embedder of the current vectors, null for none. */
  readonly from: EmbedderFingerprint | null;
  /** The embedder of the new vectors, null for none. */
  readonly to: EmbedderFingerprint | null;
}

function planOf({
  takeOver = false,
  onProgress,
  actor,
}: ParsedMigrationOptions): Pick<MigrationPlan, "takeOver" | "onProgress" | "actor"> {
  return { takeOver, onProgress, actor: actor ?? null };
}

/** The region's embedder of the stored vectors, so they can be copied; else its default embedder. */
async function embedderAt(
  region: Region,
  stored: EmbedderFingerprint | null,
  signal: Signal,
): Promise<VerifiedEmbedder | undefined> {
  if (stored === null) return region.embedder;
  try {
    return await region.embedderOf(stored, signal);
  } catch (error) {
    if (EmbedderMismatchError.isInstance(error)) return region.embedder;
    throw error;
  }
}

function nothingToRevert(): InvalidInputError {
  return new InvalidInputError("There is nothing to revert to: no previous namespace is kept.", {
    path: "orgId",
  });
}
