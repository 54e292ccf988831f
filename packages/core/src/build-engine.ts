import { Ledger } from "./erasure/ledger.ts";
import { Offboarding } from "./erasure/offboarding.ts";
import { ScopeEraser } from "./erasure/scope-eraser.ts";
import { Inference } from "./extraction/inference.ts";
import { Background } from "./guard/background.ts";
import { Guard } from "./guard/guard.ts";
import { Migrations } from "./migration/migrations.ts";
import { Migrator } from "./migration/migrator.ts";
import { modelRetryPolicy } from "./models/model-retry-policy.ts";
import { VerifiedEmbedder } from "./models/verified-embedder.ts";
import { VerifiedStore } from "./namespace/verified-store.ts";
import { repeatWrites } from "./operations/repeat-writes.ts";
import type { CheckedMemoryOptions } from "./options/memory-options.ts";
import type { CheckedRegion } from "./options/region-options.ts";
import { NamespaceList } from "./tenancy/namespace-list.ts";
import { Onboarding } from "./tenancy/onboarding.ts";
import { type Cell, Region } from "./tenancy/region.ts";
import { Regions } from "./tenancy/regions.ts";
import { SystemNamespace } from "./tenancy/system-namespace.ts";
import { TenantNamespaces } from "./tenancy/tenant-namespaces.ts";
import { TenantRegistry } from "./tenancy/tenant-registry.ts";
import { TenantSessions } from "./tenancy/tenant-sessions.ts";
import { Importer } from "./transfer/importer.ts";
import type { RetryPolicy } from "./util/retry.ts";
import { Steps } from "./util/steps.ts";
import type { Timings } from "./util/timings.ts";

/** Puts the parts of a memory together from its options. */
export function buildEngine(options: CheckedMemoryOptions, timings: Timings): Engine {
  const { deployment } = options;
  const retryPolicy = modelRetryPolicy(timings);
  const steps = new Steps();
  const registryStore = new VerifiedStore(options.registry, steps);
  const system = new SystemNamespace(registryStore, deployment);
  const registry = new TenantRegistry(system);
  const ledger = new Ledger(system);
  const regions = new Regions(
    options.regions.map((region) => buildRegion(region, retryPolicy, steps)),
    registry,
  );
  const namespaces = new TenantNamespaces(regions, deployment, new NamespaceList(system));
  const sessions = new TenantSessions(registry, namespaces, timings);
  const onboarding = new Onboarding(registry, regions, namespaces, sessions);
  const infers = options.regions.some(({ languageModel }) => languageModel !== undefined);
  const guard = new Guard(sessions, onboarding, { infers, timeZone: options.timeZone, steps }, repeatWrites);
  const offboarding = new Offboarding(registry, ledger, namespaces, deployment);
  const migrator = new Migrator(
    registry,
    namespaces,
    offboarding,
    (tenant, open, signal) => guard.contextFor({ tenant, inner: {} }, open, signal),
    timings,
  );
  return {
    guard,
    background: new Background(options.onBackgroundError),
    registry,
    registryStore,
    regions,
    onboarding,
    ledger,
    offboarding,
    namespaces,
    eraser: new ScopeEraser(guard, sessions, offboarding),
    importer: new Importer(guard, sessions, onboarding),
    migrations: new Migrations(regions, namespaces, migrator),
  };
}

/** The parts of a memory that its handles use. */
export interface Engine {
  readonly guard: Guard;
  readonly background: Background;
  readonly registry: TenantRegistry;
  readonly registryStore: VerifiedStore;
  readonly regions: Regions;
  readonly onboarding: Onboarding;
  readonly ledger: Ledger;
  readonly offboarding: Offboarding;
  readonly namespaces: TenantNamespaces;
  readonly eraser: ScopeEraser;
  readonly importer: Importer;
  readonly migrations: Migrations;
}

function buildRegion(region: CheckedRegion, retryPolicy: RetryPolicy, steps: Steps): Region {
  const { embedder, formerEmbedders, languageModel, extractor, instructions, reranker, keys } = region;
  const cells = [...region.cells].map(([name, { store, ceiling }]): [string, Cell] => [
    name,
    { store: new VerifiedStore(store, steps), ceiling },
  ]);
  return new Region(region.name, {
    cells: new Map(cells),
    embedder: embedder && new VerifiedEmbedder(embedder, retryPolicy, steps),
    former: formerEmbedders.map((former) => former && new VerifiedEmbedder(former, retryPolicy, steps)),
    inference: languageModel && new Inference(languageModel, extractor, instructions, retryPolicy, steps),
    reranker,
    keys,
  });
}
