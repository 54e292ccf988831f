import type { Inference } from "../extraction/inference.ts";
import type { KeyProvider } from "../keys/key-provider.ts";
import type { Embedder } from "../models/embedder.ts";
import type { Reranker } from "../models/reranker.ts";
import type { VerifiedEmbedder } from "../models/verified-embedder.ts";
import type { VerifiedStore } from "../namespace/verified-store.ts";
import { type EmbedderFingerprint, embedderMismatch, sameEmbedder } from "../store/manifest.ts";

/** The stores, models and keys of a region. The data of an organization pinned to it never leaves them. */
export class Region {
  readonly name: string;
  readonly cells: ReadonlyMap<string, Cell>;
  /** Makes the vectors of new organizations. */
  readonly embedder: VerifiedEmbedder | undefined;
  readonly inference: Inference | undefined;
  readonly reranker: Reranker | undefined;
  readonly keys: KeyProvider | undefined;
  readonly #former: readonly (VerifiedEmbedder | null)[];

  constructor(
    region: string,
    parts: Pick<Region, "cells" | "embedder" | "inference" | "reranker" | "keys"> & {
      readonly former: readonly (VerifiedEmbedder | null)[];
    },
  ) {
    this.name = region;
    this.cells = parts.cells;
    this.embedder = parts.embedder;
    this.inference = parts.inference;
    this.reranker = parts.reranker;
    this.keys = parts.keys;
    this.#former = parts.former;
  }

  /** The region's wrapper of an embedder, null for none; undefined for an unknown embedder. */
  embedderFor(embedder: Embedder | null): VerifiedEmbedder | null | undefined {
    const all = [...(this.embedder ? [this.embedder] : [null]), ...this.#former];
    return all.find((candidate) => (embedder === null ? candidate === null : candidate?.is(embedder)));
  }

  /**
   * The embedder of a namespace's vectors. Undefined when it has none: its memories are found by keyword, also where an embedder was
   * added later, until they are re-embedded.
   * @throws EmbedderMismatchError when no configured embedder made them
   */
  async embedderOf(
    stored: EmbedderFingerprint | null,
    options: { readonly signal?: AbortSignal },
  ): Promise<VerifiedEmbedder | undefined> {
    if (stored === null) return undefined;
    for (const candidate of [this.embedder ?? null, ...this.#former]) {
      const fingerprint = (await candidate?.fingerprint(options)) ?? null;
      if (sameEmbedder(stored, fingerprint)) return candidate ?? undefined;
    }
    throw embedderMismatch(stored, (await this.embedder?.fingerprint(options)) ?? null);
  }
}

/** One store of a region, and how many organizations it may hold. */
export interface Cell {
  readonly store: VerifiedStore;
  readonly ceiling: number;
}
