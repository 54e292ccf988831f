import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Invariant } from "../story/invariants.ts";

/** Which seeds are played. */
export interface Seeds {
  readonly first: number;
  readonly count: number;
}

/** What playing them showed. */
export interface Played {
  readonly steps: number;
  readonly calls: number;
  readonly broken: readonly { readonly seed: number; readonly invariant: Invariant; readonly what: string }[];
}

/** Plays the stories of many seeds, on as many threads as the machine has. */
export async function playSeeds({ first, count }: Seeds): Promise<Played> {
  const threads = Math.max(1, Math.min(availableParallelism(), 8, Math.floor(count / 250)));
  const share = Math.ceil(count / threads);
  const parts = await Promise.all(
    Array.from({ length: threads }, (_, at) =>
      playOnThread({ first: first + at * share, count: Math.min(share, count - at * share) }),
    ),
  );
  return {
    steps: parts.reduce((sum, { steps }) => sum + steps, 0),
    calls: parts.reduce((sum, { calls }) => sum + calls, 0),
    broken: parts.flatMap(({ broken }) => broken).sort((a, b) => a.seed - b.seed),
  };
}

function playOnThread(seeds: Seeds): Promise<Played> {
  const { promise, resolve, reject } = Promise.withResolvers<Played>();
  const worker = new Worker(fileURLToPath(new URL("./play-seeds.fixture.ts", import.meta.url)), {
    workerData: seeds,
    execArgv: ["--conditions=loci-source", "--disable-warning=ExperimentalWarning"],
    // What a story leaves behind is gone before it is looked at for the first time.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
  worker.once("message", resolve);
  worker.once("error", reject);
  worker.once("exit", (code) => reject(new Error(`A thread of the simulation ended with ${code}.`)));
  return promise;
}
