import { InvalidEmbeddingError } from "../errors/invalid-embedding-error.ts";
import type { CosineScatter, EmbedderFingerprint } from "../store/manifest.ts";
import { endWithSignal } from "../util/end-with-signal.ts";
import { isTurnOver, nextTurn } from "../util/event-loop-turn.ts";
import { readPlainObject } from "../util/read-plain-object.ts";
import { type RetryPolicy, retry } from "../util/retry.ts";
import { Steps } from "../util/steps.ts";
import { typedArrayName } from "../util/typed-array-name.ts";
import { isCosineScatter } from "./cosine-scatter.ts";
import type { Embedder, EmbedOptions } from "./embedder.ts";
import { normalizeVector } from "./normalize-vector.ts";
import { probeScatter } from "./probe-scatter.ts";
import { withinTime } from "./within-time.ts";

type Signal = { readonly signal?: AbortSignal };

/** Wraps the application's embedder: batches, retries, and validates every answer. */
export class VerifiedEmbedder {
  readonly #embedder: Embedder;
  readonly #retryPolicy: RetryPolicy;
  readonly #steps: Steps;
  #fingerprint: EmbedderFingerprint | undefined;
  /** What is measured of its scatter; undefined before, and some minutes after that has failed. */
  #scatter: Promise<CosineScatter | undefined> | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(embedder: Embedder, retryPolicy: RetryPolicy, steps: Steps = new Steps()) {
    this.#embedder = embedder;
    this.#retryPolicy = retryPolicy;
    this.#steps = steps;
  }

  get id(): string {
    return this.#embedder.id;
  }

  /** Whether this wraps the given embedder. */
  is(embedder: Embedder): boolean {
    return this.#embedder === embedder;
  }

  /**
   * The embedder's fingerprint, requested once.
   * @throws InvalidEmbeddingError for an invalid fingerprint; ModelError
   */
  async fingerprint({ signal }: Signal): Promise<EmbedderFingerprint> {
    if (this.#fingerprint) return this.#fingerprint;
    const described: unknown = await retry(this.#retryPolicy, signal, () =>
      withinTime(this.#embedder.id, signal, (own) => this.#embedder.describe({ signal: own })),
    );
    this.#fingerprint = this.#parse(described);
    return this.#fingerprint;
  }

  /**
   * Embeds texts and validates the vectors before anything is stored.
   * @throws InvalidEmbeddingError when a vector is missing, surplus, of another width, not finite or zero;
   * ModelError
   */
  async embed(texts: readonly string[], options: EmbedOptions): Promise<readonly Float32Array[]> {
    return this.#embed(texts, options, this.#retryPolicy);
  }

  async #embed(
    texts: readonly string[],
    options: EmbedOptions,
    policy: RetryPolicy,
  ): Promise<readonly Float32Array[]> {
    const { maxBatch, maxConcurrency = 4 } = this.#embedder;
    const { dimensions } = await this.fingerprint(options);
    const vectors: Float32Array[] = new Array(texts.length);
    const starts = Array.from({ length: Math.ceil(texts.length / maxBatch) }, (_, batch) => batch * maxBatch);
    const pending = starts.values();
    let failed = false;
    const work = async () => {
      for (const start of pending) {
        if (failed) return;
        const batch = texts.slice(start, start + maxBatch);
        const answer = await this.#embedBatch(batch, options, policy).catch((error: unknown) => {
          failed = true;
          throw error;
        });
        for (const [index, vector] of answer.entries()) {
          if (isTurnOver()) await nextTurn();
          vectors[start + index] = this.#normalize(vector, dimensions);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(maxConcurrency, starts.length) }, work));
    return vectors;
  }

  /** Asks it for the vector of one word. @throws as `embed` */
  async ping({ signal }: Signal): Promise<void> {
    await this.embed(["ping"], { purpose: "query", ...(signal ? { signal } : {}) });
  }

  /**
   * How the embedder's cosines scatter: what it says itself, or what is measured once. Undefined where that failed; it is then
   * tried again after some minutes, since nothing that was asked for may fail or wait for it.
   */
  async scatter({ signal }: Signal): Promise<CosineScatter | undefined> {
    const { scatter } = this.#embedder;
    if (isCosineScatter(scatter)) return scatter;
    if (this.#scatter === undefined) {
      if (performance.now() - this.#failedAt < probePause) return undefined;
      // For all who wait for it, so that none of their signals ends it.
      this.#scatter = this.#probe();
    }
    return endWithSignal(signal, this.#scatter);
  }

  async #probe(): Promise<CosineScatter | undefined> {
    const ask = (signal: AbortSignal) =>
      probeScatter((texts, purpose) => this.#embed(texts, { purpose, signal }, once));
    try {
      return await withinTime(this.id, undefined, ask, longestProbe);
    } catch {
      this.#scatter = undefined;
      this.#failedAt = performance.now();
      return undefined;
    }
  }

  async #embedBatch(
    batch: readonly string[],
    options: EmbedOptions,
    policy: RetryPolicy,
  ): Promise<readonly unknown[]> {
    options.signal?.throwIfAborted();
    const step = {
      kind: "embed",
      part: this.#embedder.id,
      method: options.purpose,
      count: batch.length,
    } as const;
    const answer: unknown = await this.#steps.run(step, () =>
      retry(policy, options.signal, () =>
        withinTime(this.#embedder.id, options.signal, (signal) =>
          this.#embedder.embed(batch, { ...options, signal }),
        ),
      ),
    );
    if (Array.isArray(answer) && answer.length === batch.length) return answer;
    const count = Array.isArray(answer) ? `${answer.length} vectors` : "no list of vectors";
    throw this.#invalid(`answered ${batch.length} texts with ${count}`);
  }

  #normalize(vector: unknown, dimensions: number): Float32Array {
    // Jest and workers have a Float32Array of their own.
    if (typedArrayName(vector) !== "Float32Array")
      throw this.#invalid("answered with a value that is not a Float32Array");
    return normalizeVector(vector as Float32Array, dimensions, (problem) =>
      this.#invalid(`answered with ${problem}`),
    );
  }

  #parse(described: unknown): EmbedderFingerprint {
    const parts = readPlainObject(described, (problem) =>
      this.#invalid(`describes itself by what ${problem}`),
    );
    const [id, dimensions] = [parts.get("id"), parts.get("dimensions")];
    const details = this.#parseDetails(parts.get("details"));
    if (typeof id !== "string" || id === "") throw this.#invalid("describes itself without an id");
    if (!Number.isSafeInteger(dimensions) || (dimensions as number) < 1)
      throw this.#invalid(`describes itself with ${String(dimensions)} dimensions`);
    return Object.freeze({ id, dimensions: dimensions as number, ...(details ? { details } : {}) });
  }

  /** A detail that is no text could not be compared with what a store has kept of it. */
  #parseDetails(details: unknown): EmbedderFingerprint["details"] {
    if (details === undefined || details === null) return undefined;
    const refuse = (problem: string) => this.#invalid(`describes itself with details, which ${problem}`);
    const entries = [...readPlainObject(details, refuse)];
    if (entries.some(([key, detail]) => typeof key !== "string" || typeof detail !== "string"))
      throw refuse("must be strings");
    return Object.fromEntries(entries) as Record<string, string>;
  }

  #invalid(problem: string): InvalidEmbeddingError {
    const { id } = this.#embedder;
    return new InvalidEmbeddingError(`Embedder "${id}" ${problem}. Nothing was stored.`, { embedder: id });
  }
}

/** What may fail is not repeated. */
const once: RetryPolicy = { delays: [], isTransient: () => false };
/** How long the measuring of the scatter may take, in milliseconds. */
const longestProbe = 10_000;
/** How long after a failure it is not tried again. */
const probePause = 300_000;
