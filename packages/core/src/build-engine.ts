import { Ledger } from "./erasure/ledger.ts";
import { Offboarding } from "./erasure/offboarding.ts";
import { Inference } from "./extraction/inference.ts";
import { Guard } from "./guard/guard.ts";
import { Tails } from "./guard/last-messages.ts";
import { Lifecycle } from "./migration/migrations.ts";
import { Migrator } from "./migration/migrator.ts";
import { Embedding } from "./models/verified-embedder.ts";
import { patientStore } from "./namespace/retrying-store.ts";
import { Sweeper } from "./operations/expire.ts";
import type { CheckedMemoryOptions } from "./options/memory-options.ts";
import type { CheckedRegion } from "./options/region-options.ts";
import type { VectorStore } from "./store/vector-store.ts";
import { Stack } from "./tenancy/region.ts";
import { Regions } from "./tenancy/regions.ts";
import { DirectoryNamespace } from "./tenancy/system-namespace.ts";
import { Homes } from "./tenancy/tenant-namespaces.ts";
import { Directory } from "./tenancy/tenant-registry.ts";
import { Tenants } from "./tenancy/tenant-sessions.ts";
import { KeyedLock } from "./util/keyed-lock.ts";

/** The parts of a memory, as its methods use them. */
export interface Engine {
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly regions: Regions;
  readonly tenants: Tenants;
  readonly offboarding: Offboarding;
  readonly lifecycle: Lifecycle;
  readonly guard: Guard;
}

/** Puts a memory together from its options. */
export function buildEngine(options: CheckedMemoryOptions): Engine {
  const { deployment } = options;
  const store = patientStore(options.directory);
  const namespace = new DirectoryNamespace(store, deployment);
  const directory = new Directory(namespace);
  const ledger = new Ledger(namespace);
  const regions = new Regions(options.regions.map(buildStack), directory);
  const homes = new Homes(regions, deployment);
  const tenants = new Tenants(directory, regions, homes, namespace);
  const offboarding = new Offboarding(directory, ledger, homes, deployment);
  const guard = new Guard({
    tenants,
    offboarding,
    infers: options.regions.some(({ languageModel }) => languageModel !== undefined),
    locks: new KeyedLock(),
    tails: new Tails(),
    sweeper: new Sweeper(),
  });
  const migrator = new Migrator(directory, homes, offboarding, (tenant, open, signal) =>
    guard.accessTo({ tenant, inner: {} }, open, signal),
  );
  return {
    directory,
    ledger,
    regions,
    tenants,
    offboarding,
    lifecycle: new Lifecycle(regions, homes, migrator),
    guard,
  };
}

function buildStack(region: CheckedRegion): Stack {
  const { embedder, formerEmbedders, languageModel, extractor, instructions, reranker, keys } = region;
  const cells = [...region.cells].map(
    ([name, { store, ceiling }]) => [name, { store: patientStore(store), ceiling }] as const,
  );
  return new Stack(region.name, {
    cells: new Map<string, { readonly store: VectorStore; readonly ceiling: number }>(cells),
    embedder: embedder && new Embedding(embedder),
    former: formerEmbedders.map((former) => former && new Embedding(former)),
    inference: languageModel && new Inference(languageModel, extractor, instructions),
    reranker,
    keys,
  });
}
