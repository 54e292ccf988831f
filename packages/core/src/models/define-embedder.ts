import { ModelError } from "../errors/model-error.ts";
import type { EmbedderFingerprint } from "../store/manifest.ts";
import { embedWhole, normalized } from "./embed-whole.ts";
import type { Embedder } from "./embedder.ts";
import { type EmbeddingPrefixes, embeddingPrefixes } from "./embedding-prefixes.ts";
import { needsAccentsStripped, stripAccents } from "./strip-accents.ts";

type Signal = { readonly signal?: AbortSignal };

/** What every adapter of an embedder lets its users set. */
export interface EmbedderSettings {
  /** What goes before each text. Default: what the model's name is known to want, else nothing. */
  readonly prefixes?: Partial<EmbeddingPrefixes>;
  /**
   * What becomes of a text that is longer than the model takes. `split`: it is embedded in parts, and its vector is
   * their mean. `refuse`: a `ModelError` with the problem `too-long`. Default: "split".
   */
  readonly longTexts?: "split" | "refuse";
  /** Is told of each text that is split, before its parts are embedded. Default: nobody is. */
  readonly onSplit?: (text: string) => void;
  /**
   * Whether texts lose their accents before they are embedded. `probe`: where the server is found, at the first use,
   * to take accented words for unknown ones. Default: "probe".
   */
  readonly accents?: "probe" | "keep" | "strip";
  /** The most texts in one request. Default: what the adapter says of its server. */
  readonly maxBatch?: number;
  /** The most requests at once. Default: what the adapter says of its server. */
  readonly maxConcurrency?: number;
}

/** A model server, as an adapter sees it. */
interface EmbedderServer {
  /** Names adapter and model, such as `ollama/nomic-embed-text`. */
  readonly id: string;
  /** The model's name, by which its prefixes are known. */
  readonly model: string;
  readonly maxBatch: number;
  readonly maxConcurrency: number;
  /**
   * Asks what the server knows of the model: its width, where it says, and what else changes its vectors, such as a digest.
   * @throws ModelError
   */
  describe(
    options: Signal,
  ): Promise<{ readonly dimensions?: number; readonly details?: Readonly<Record<string, string>> }>;
  /**
   * Embeds texts as they are, at least one. Refuses with the problem `too-long` rather than cut one.
   * @throws ModelError
   */
  embed(texts: readonly string[], options: Signal): Promise<readonly ArrayLike<number>[]>;
}

interface Known {
  readonly fingerprint: EmbedderFingerprint;
  readonly strip: boolean;
}

/** Makes an embedder of a model server: prefixes, accents, long texts and the fingerprint are the same for all. */
export function defineEmbedder(server: EmbedderServer, settings: EmbedderSettings = {}): Embedder {
  const { longTexts = "split", accents = "probe" } = settings;
  const prefixes = { ...embeddingPrefixes(server.model), ...settings.prefixes };
  let known: Known | undefined;

  const embedAsIs = async (texts: readonly string[], options: Signal) => {
    const vectors = await server.embed(texts, options);
    if (vectors.length !== texts.length || vectors.includes(undefined as never)) {
      throw new ModelError(
        `Embedder "${server.id}" answered ${texts.length} texts with ${vectors.length} vectors.`,
        {
          model: server.id,
          problem: "invalid-answer",
        },
      );
    }
    return vectors.map(normalized);
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
