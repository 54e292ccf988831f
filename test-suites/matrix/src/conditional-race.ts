import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { VectorStore } from "@loci/core";
import {
  type Manifest,
  type Namespace,
  namespaceKey,
  noExpiry,
  type RecordVersion,
  type VectorRecord,
} from "@loci/core/store";

/** What a process of the race is told to do, all at once. */
export interface RaceOrder {
  readonly writes: readonly { readonly id: string; readonly expected?: { readonly version: string } }[];
  /** Whether a write expects its version, or nothing where it has none. Otherwise it expects neither. */
  readonly expecting: boolean;
  readonly erases: readonly RecordVersion[];
}

/** What became of it: the ids that were written, the number that were deleted, and what its records say. */
export type RaceAnswer =
  | { readonly written: readonly string[]; readonly erased: number; readonly writer: string }
  | { readonly error: string };

/** A process of its own with a store of its own. */
export interface ConditionalRacer {
  readonly child: ChildProcess;
  run(order: RaceOrder): Promise<RaceAnswer>;
}

export function startConditionalRacer(name: string, url: string): ConditionalRacer {
  const child = fork(fileURLToPath(new URL("./conditional-race.fixture.ts", import.meta.url)), [name, url], {
    execArgv: ["--conditions=loci-source", "--disable-warning=ExperimentalWarning"],
  });
  const died = once(child, "exit").then(([code]) => {
    throw new Error(`A racing process ended with ${code}.`);
  });
  died.catch(() => {});
  return {
    child,
    run(order) {
      const answered = once(child, "message").then(([answer]) => answer as RaceAnswer);
      child.send(order);
      return Promise.race([died, answered]);
    },
  };
}

/** The namespace that they race in. */
export function openRaced(store: VectorStore): Promise<Namespace> {
  const identity = {
    kind: "organization",
    deployment: "conditional race",
    orgId: "acme",
    generation: 1,
  } as const;
  const create: Manifest = { ...identity, scheme: 1, embedder: { id: "test", dimensions: 4 }, createdAt: 0 };
  return store.open({ key: namespaceKey(identity), create });
}

export function racedRecord({ manifest }: Namespace, id: string, payload: string): VectorRecord {
  return {
    id,
    namespace: namespaceKey({ ...manifest }),
    scopeKey: { user: "", agent: "", run: "" },
    fields: { $createdAt: 0, $validFrom: 0, $validTo: noExpiry, $expiresAt: noExpiry },
    keywords: { own: [id], before: [], after: [] },
    payload,
    vector: Float32Array.of(1, 0, 0, 0),
  };
}
