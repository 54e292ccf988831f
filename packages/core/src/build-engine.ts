import { Ledger } from "./erasure/ledger.ts";
import { Offboarding } from "./erasure/offboarding.ts";
import { Inference } from "./extraction/inference.ts";
import { ExpirySchedule } from "./guard/expiry-schedule.ts";
import { Guard } from "./guard/guard.ts";
import { LastMessages } from "./guard/last-messages.ts";
import { Migrations } from "./migration/migrations.ts";
import { Migrator } from "./migration/migrator.ts";
import { VerifiedEmbedder } from "./models/verified-embedder.ts";
import { retryingStore } from "./namespace/retrying-store.ts";
import type { CheckedMemoryOptions } from "./options/memory-options.ts";
import type { CheckedRegion } from "./options/region-options.ts";
import type { VectorStore } from "./store/vector-store.ts";
import { Region } from "./tenancy/region.ts";
import { Regions } from "./tenancy/regions.ts";
import { SystemNamespace } from "./tenancy/system-namespace.ts";
import { TenantNamespaces } from "./tenancy/tenant-namespaces.ts";
import { TenantRegistry } from "./tenancy/tenant-registry.ts";
import { TenantSessions } from "./tenancy/tenant-sessions.ts";
import { KeyedLock } from "./util/keyed-lock.ts";

/** The parts of a memory, as its methods use them. */
export interface Engine {
  readonly registry: TenantRegistry;
  readonly ledger: Ledger;
  readonly regions: Regions;
  readonly sessions: TenantSessions;
  readonly offboarding: Offboarding;
  readonly migrations: Migrations;
  readonly guard: Guard;
}

/** Puts a memory together from its options. */
export function buildEngine(options: CheckedMemoryOptions): Engine {
  const { deployment } = options;
  const store = retryingStore(options.registry);
  const namespace = new SystemNamespace(store, deployment);
  const registry = new TenantRegistry(namespace);
  const ledger = new Ledger(namespace);
  const regions = new Regions(options.regions.map(buildRegion), registry);
  const namespaces = new TenantNamespaces(regions, deployment);
  const sessions = new TenantSessions(registry, regions, namespaces, namespace);
  const offboarding = new Offboarding(registry, ledger, namespaces, deployment);
  const guard = new Guard({
    sessions,
    offboarding,
    infers: options.regions.some(({ languageModel }) => languageModel !== undefined),
    locks: new KeyedLock(),
    lastMessages: new LastMessages(),
    expiry: new ExpirySchedule(),
  });
  const migrator = new Migrator(registry, namespaces, offboarding, (tenant, open, signal) =>
    guard.contextFor({ tenant, inner: {} }, open, signal),
  );
  return {
    registry,
    ledger,
    regions,
    sessions,
    offboarding,
    migrations: new Migrations(regions, namespaces, migrator),
    guard,
  };
}

function buildRegion(region: CheckedRegion): Region {
  const { embedder, formerEmbedders, languageModel, extractor, instructions, reranker, keys } = region;
  const cells = [...region.cells].map(
    ([name, { store, ceiling }]) => [name, { store: retryingStore(store), ceiling }] as const,
  );
  return new Region(region.name, {
    cells: new Map<string, { readonly store: VectorStore; readonly ceiling: number }>(cells),
    embedder: embedder && new VerifiedEmbedder(embedder),
    former: formerEmbedders.map((former) => former && new VerifiedEmbedder(former)),
    inference: languageModel && new Inference(languageModel, extractor, instructions),
    reranker,
    keys,
  });
}
