import { LociError } from "../errors/loci-error.ts";
import { StoreError } from "../errors/store-error.ts";
import type { VerifiedStore } from "../namespace/verified-store.ts";
import { answerWithin } from "../store/answer-within.ts";
import { messageOf } from "../util/thrown.ts";
import type { Region } from "./region.ts";
import type { Regions } from "./regions.ts";
import { systemOwner } from "./system-namespace.ts";

/**
 * What answered, and how fast.
 * @example
 * ```ts
 * const { parts }: PingReport = await memory.ping();
 * for (const { part, name, milliseconds } of parts) console.log(part, name, milliseconds);
 * ```
 */
export interface PingReport {
  readonly parts: readonly PingedPart[];
}

/** A part that has answered. */
interface PingedPart {
  readonly part: "registry" | "store" | "embedder" | "language model";
  /** The name of the store, or the id of the model. */
  readonly name: string;
  /** Absent for the registry. */
  readonly region?: string;
  /** Of a store. */
  readonly cell?: string;
  readonly milliseconds: number;
}

type Signal = { readonly signal: AbortSignal };
type Ask = readonly [Omit<PingedPart, "milliseconds">, (options: Signal) => Promise<unknown>];

/**
 * Asks every store of the deployment something that it has to read, all at once, and its models who they are.
 * @throws the error of the first that fails; StoreError for one that does not answer in time
 */
export async function ping(
  registry: VerifiedStore,
  regions: Regions,
  deployment: string,
  { models, timeout, signal }: { models: boolean; timeout: number; signal?: AbortSignal | undefined },
): Promise<PingReport> {
  const owner = systemOwner(deployment);
  const stores = regions.all.flatMap(({ name: region, cells }) =>
    [...cells].map(
      ([cell, { store }]): Ask => [
        { part: "store", name: store.name, region, cell },
        (options) => store.count(owner, options),
      ],
    ),
  );
  const asked: readonly Ask[] = [
    [{ part: "registry", name: registry.name }, (options) => registry.count(owner, options)],
    ...stores,
    ...(models ? regions.all.flatMap(modelsOf) : []),
  ];
  const parts = await Promise.all(
    asked.map(async ([part, ask]): Promise<PingedPart> => {
      const start = performance.now();
      try {
        await answerWithin(timeout, signal ?? new AbortController().signal, (own) => ask({ signal: own }));
      } catch (error) {
        if (LociError.isInstance(error) || signal?.aborted) throw error;
        throw new StoreError(
          `The ${part.part} ${JSON.stringify(part.name)} does not answer: ${messageOf(error)}`,
          { store: part.name },
          { cause: error, retryable: true },
        );
      }
      return { ...part, milliseconds: performance.now() - start };
    }),
  );
  return { parts };
}

function modelsOf({ name: region, embedder, inference }: Region): readonly Ask[] {
  return [
    ...(embedder
      ? [[{ part: "embedder", name: embedder.id, region }, (options) => embedder.ping(options)] satisfies Ask]
      : []),
    ...(inference
      ? [
          [
            { part: "language model", name: inference.id, region },
            (options) => inference.plan(options),
          ] satisfies Ask,
        ]
      : []),
  ];
}
