import type { EmbedderFingerprint } from "../store/manifest.ts";
import { assertVectors } from "./assert-vectors.ts";
import { embedWhole, normalized } from "./embed-whole.ts";
import type { Embedder } from "./embedder.ts";
import { type EmbeddingPrefixes, embeddingPrefixes } from "./embedding-prefixes.ts";
import { knownScatter } from "./known-scatters.ts";
import { needsAccentsStripped, stripAccents } from "./strip-accents.ts";

type Signal = { readonly signal?: AbortSignal };

/**
 * Makes an embedder from a model server. Handles prefixes, accents, long texts and the fingerprint in the same way
 * for all.
 * @example
 * ```ts
 * const embedder = defineEmbedder({
 *   id: "mine/letters",
 *   model: "letters",
 *   maxBatch: 32,
 *   maxConcurrency: 4,
 *   describe: async () => ({ dimensions: 2 }),
 *   embed: async (texts) => texts.map((text) => Float32Array.of(text.length, 1)),
 * });
 * ```
 */
export function defineEmbedder(server: EmbedderServer, settings: EmbedderSettings = {}): Embedder {
  const { longTexts = "split", accents = "probe" } = settings;
  const prefixes = { ...embeddingPrefixes(server.model), ...settings.prefixes };
  const scatter = knownScatter(server.model);
  let known: Known | undefined;

  const embedAsIs = async (texts: readonly string[], options: Signal) => {
    const answer: unknown = await server.embed(texts, options);
    const vectors = Array.isArray(answer) ? Array.from(answer, normalized) : [];
    assertVectors(vectors, texts.length, server.id);
    return vectors;
  };
  const learn = async (options: Signal): Promise<Known> => {
    if (known) return known;
    const described = await server.describe(options);
    const dimensions = described.dimensions ?? (await embedAsIs(["width"], options))[0]?.length ?? 0;
    const strip =
      accents === "strip" ||
      (accents === "probe" && (await needsAccentsStripped((texts) => embedAsIs(texts, options))));
    const details = {
      ...described.details,
      ...(prefixes.document ? { "document prefix": prefixes.document } : {}),
      ...(prefixes.query ? { "query prefix": prefixes.query } : {}),
      ...(strip ? { accents: "stripped" } : {}),
    };
    const fingerprint = {
      id: server.id,
      dimensions,
      ...(Object.keys(details).length > 0 ? { details } : {}),
    };
    known = { fingerprint, strip };
    return known;
  };

  return {
    specVersion: 1,
    id: server.id,
    maxBatch: settings.maxBatch ?? server.maxBatch,
    maxConcurrency: settings.maxConcurrency ?? server.maxConcurrency,
    ...(scatter ? { scatter } : {}),
    describe: async (options = {}) => (await learn(options)).fingerprint,
    async embed(texts, { purpose, signal }) {
      signal?.throwIfAborted();
      if (texts.length === 0) return [];
      const options = signal ? { signal } : {};
      const { strip } = await learn(options);
      const embed = (parts: readonly string[]) =>
        embedAsIs(
          parts.map((part) => prefixes[purpose] + (strip ? stripAccents(part) : part)),
          options,
        );
      return longTexts === "split" ? embedWhole(texts, embed, settings.onSplit) : embed(texts);
    },
  };
}

/**
 * Settings that every embedder adapter offers.
 * @example
 * ```ts
 * const settings: EmbedderSettings = { longTexts: "refuse", prefixes: { query: "query: " } };
 * ```
 */
export interface EmbedderSettings {
  /** Prefixes of the texts. Default: those known for the model's name, else none. */
  readonly prefixes?: Partial<EmbeddingPrefixes>;
  /**
   * What happens to a text that exceeds the model's context. `split`: it is embedded in parts, and their mean is its
   * vector. `refuse`: throws a `ModelError` with the problem `too-long`. Default: "split".
   */
  readonly longTexts?: "split" | "refuse";
  /** Called with each text that is split, before its parts are embedded. Default: none. */
  readonly onSplit?: (text: string) => void;
  /**
   * Whether texts lose their accents before they are embedded. `probe`: only when a test at the first use shows that
   * the server treats accented words as unknown. Default: "probe".
   */
  readonly accents?: "probe" | "keep" | "strip";
  /** The most texts in one request. Default: the adapter's value for its server. */
  readonly maxBatch?: number;
  /** The most requests at once. Default: the adapter's value for its server. */
  readonly maxConcurrency?: number;
}

/** The part of an embedder that an adapter implements for its server. */
interface EmbedderServer {
  /** Names adapter and model, such as `ollama/nomic-embed-text`. */
  readonly id: string;
  /** The model's name, which selects its prefixes. */
  readonly model: string;
  readonly maxBatch: number;
  readonly maxConcurrency: number;
  /**
   * Asks the server for the model's width, if it knows it, and for details that change the vectors, such as a
   * digest.
   * @throws ModelError
   */
  describe(
    options: Signal,
  ): Promise<{ readonly dimensions?: number; readonly details?: Readonly<Record<string, string>> }>;
  /**
   * Embeds texts unchanged, at least one. Throws with the problem `too-long` instead of truncating.
   * @throws ModelError
   */
  embed(texts: readonly string[], options: Signal): Promise<readonly ArrayLike<number>[]>;
}

interface Known {
  readonly fingerprint: EmbedderFingerprint;
  readonly strip: boolean;
}
