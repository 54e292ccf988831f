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
  /** How many stories. */
  readonly count: number;
  readonly steps: number;
  readonly calls: number;
  readonly broken: readonly { readonly seed: number; readonly invariant: Invariant; readonly what: string }[];
}

/** How seeds are played. */
export interface PlayOptions {
  /** How many threads share them. Default: as many as the machine has cores. */
  readonly workers?: number;
  /** Is told what was shown so far, and what is new of it, every 500 stories or less. */
  readonly onProgress?: (all: Played, piece: Played) => void;
}

/** The most stories that a thread plays before it says what they showed, and takes others. */
const mostOfPiece = 500;

/** Plays the stories of many seeds, on several threads. */
export async function playSeeds(
  { first, count }: Seeds,
  { workers = availableParallelism(), onProgress }: PlayOptions = {},
): Promise<Played> {
  const size = Math.max(1, Math.min(mostOfPiece, Math.ceil(count / (4 * workers))));
  let next = first;
  const takePiece = (): Seeds | undefined => {
    const piece = { first: next, count: Math.min(size, first + count - next) };
    next += piece.count;
    return piece.count > 0 ? piece : undefined;
  };
  let all: Played = { count: 0, steps: 0, calls: 0, broken: [] };
  const add = (piece: Played) => {
    all = {
      count: all.count + piece.count,
      steps: all.steps + piece.steps,
      calls: all.calls + piece.calls,
      broken: [...all.broken, ...piece.broken].sort((a, b) => a.seed - b.seed),
    };
    onProgress?.(all, piece);
  };
  await Promise.all(Array.from({ length: workers }, () => playOnThread(takePiece, add)));
  return all;
}

/** Lets a thread play piece after piece, until there is none. */
async function playOnThread(takePiece: () => Seeds | undefined, add: (piece: Played) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const worker = new Worker(fileURLToPath(new URL("./play-seeds.fixture.ts", import.meta.url)), {
    execArgv: ["--conditions=loci-source", "--disable-warning=ExperimentalWarning"],
    // What a story leaves behind is gone before it is looked at for the first time.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
  const goOn = () => {
    const piece = takePiece();
    if (piece) worker.postMessage(piece);
    else resolve();
  };
  worker.on("message", (piece: Played) => {
    add(piece);
    goOn();
  });
  worker.once("error", reject);
  worker.once("exit", (code) => reject(new Error(`A thread of the simulation ended with ${code}.`)));
  goOn();
  try {
    await promise;
  } finally {
    await worker.terminate();
  }
}
