import type { ConformanceCase } from "../conformance-case.ts";
import { engineFaults } from "./engine-faults.ts";
import { engineKeys } from "./engine-keys.ts";
import { engineLives } from "./engine-lives.ts";
import { engineMigrations } from "./engine-migrations.ts";
import { engineObservations } from "./engine-observations.ts";
import { engineScopes } from "./engine-scopes.ts";
import { engineTimes } from "./engine-times.ts";
import { engineTransfers } from "./engine-transfers.ts";
import { engineValues } from "./engine-values.ts";
import { storeAlikeNames } from "./store-alike-names.ts";
import { storeBackend } from "./store-backend.ts";
import { storeBelow } from "./store-below.ts";
import { storeBelowOpens } from "./store-below-opens.ts";
import { storeConditionalWrites } from "./store-conditional-writes.ts";
import { storeCore } from "./store-core.ts";
import { storeEdges } from "./store-edges.ts";
import { storeLifecycle } from "./store-lifecycle.ts";
import { storeModes } from "./store-modes.ts";
import { storeNames } from "./store-names.ts";
import { storeNamespaceRaces } from "./store-namespace-races.ts";
import { storeNamespaces } from "./store-namespaces.ts";
import { storeOtherProcesses } from "./store-other-processes.ts";
import { storeRaces } from "./store-races.ts";
import { storeReach } from "./store-reach.ts";
import { storeSideChannels } from "./store-side-channels.ts";
import { storeStaleAnswers } from "./store-stale-answers.ts";
import { storeTraces } from "./store-traces.ts";
import { storeUnderWay } from "./store-under-way.ts";
import { storeValues } from "./store-values.ts";
import { storeVectors } from "./store-vectors.ts";
import { storeVersions } from "./store-versions.ts";
import { storeWornHandles } from "./store-worn-handles.ts";

/** Every case, the bare store first and then the memory on top of it. */
export const cases: readonly ConformanceCase[] = [
  ...storeNamespaces,
  ...storeNames,
  ...storeSideChannels,
  ...storeReach,
  ...storeModes,
  ...storeUnderWay,
  ...storeLifecycle,
  ...storeOtherProcesses,
  ...storeAlikeNames,
  ...storeEdges,
  ...storeWornHandles,
  ...storeStaleAnswers,
  ...storeTraces,
  ...storeCore,
  ...storeValues,
  ...storeVectors,
  ...storeVersions,
  ...storeConditionalWrites,
  ...storeRaces,
  ...storeNamespaceRaces,
  ...storeBackend,
  ...storeBelow,
  ...storeBelowOpens,
  ...engineScopes,
  ...engineKeys,
  ...engineLives,
  ...engineValues,
  ...engineObservations,
  ...engineFaults,
  ...engineTimes,
  ...engineTransfers,
  ...engineMigrations,
];
