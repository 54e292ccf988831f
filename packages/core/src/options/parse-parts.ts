import type { Extractor } from "../extraction/extractor.ts";
import { fail } from "../input/fail.ts";
import type { KeyProvider } from "../keys/key-provider.ts";
import type { Embedder } from "../models/embedder.ts";
import type { LanguageModel } from "../models/language-model.ts";
import type { Reranker } from "../models/reranker.ts";
import type { VectorStore } from "../store/vector-store.ts";
import { adviceOnPart, type PartKind } from "./advice-on-part.ts";

export function parseStore(value: unknown, path: string): VectorStore {
  return parsePart<VectorStore>("store", value, path, {
    is: (store) => typeof store.open === "function",
    what: 'a store, such as inMemory() from "@loci/core"',
  });
}

export function parseEmbedder(value: unknown, path: string): Embedder | undefined {
  if (value === undefined || value === null) return undefined;
  const embedder = parsePart<Embedder>("embedder", value, path, {
    is: (part) => typeof part.embed === "function" && typeof part.describe === "function" && isNamed(part),
    what: "an embedder with an id, a describe and an embed function",
  });
  for (const name of ["maxBatch", "maxConcurrency"] as const) {
    const most = embedder[name] ?? (name === "maxConcurrency" ? 1 : undefined);
    if (!Number.isInteger(most) || (most ?? 0) < 1)
      fail(`${path}.${name}`, "must be a whole number from 1 on");
  }
  return embedder;
}

export function parseEmbedders(value: unknown, path: string): readonly (Embedder | null)[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) fail(path, "must be a list of embedders, or of null");
  return Array.from(value, (item: unknown, index) => parseEmbedder(item, `${path}[${index}]`) ?? null);
}

export function parseLanguageModel(value: unknown, path: string): LanguageModel | undefined {
  if (value === undefined) return undefined;
  return parsePart<LanguageModel>("languageModel", value, path, {
    is: (part) => typeof part.generate === "function" && typeof part.describe === "function" && isNamed(part),
    what: "a language model with an id, a describe and a generate function",
  });
}

export function parseReranker(value: unknown, path: string): Reranker | undefined {
  if (value === undefined) return undefined;
  return parsePart<Reranker>("reranker", value, path, {
    is: (part) => typeof part.rerank === "function" && typeof part.id === "string",
    what: "a reranker with an id and a rerank function",
  });
}

export function parseKeys(value: unknown, path: string): KeyProvider | undefined {
  if (value === undefined) return undefined;
  return parsePart<KeyProvider>("keys", value, path, {
    is: (part) =>
      isNamed(part) && [part.create, part.open, part.destroy].every((step) => typeof step === "function"),
    what: "a key provider with an id and functions create, open and destroy",
  });
}

const maxInstructions = 4000;

export function parseInstructions(value: unknown, path: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.trim() === "" || value.length > maxInstructions)
    fail(path, `must be a text of 1 to ${maxInstructions} characters`);
  return value;
}

export function parseExtractor(value: unknown, path: string): Extractor | undefined {
  if (value === undefined) return undefined;
  const extractor = value as Partial<Extractor> | null;
  if (
    typeof extractor?.extract !== "function" ||
    typeof extractor.id !== "string" ||
    !Number.isFinite(extractor.overheadTokens)
  ) {
    fail(path, "must have an id, overheadTokens and an extract function");
  }
  return extractor as Extractor;
}

/** Checks a part by its shape and its version, and says how to get one where it is something else. */
function parsePart<Part extends { readonly specVersion: number }>(
  kind: PartKind,
  value: unknown,
  path: string,
  { is, what }: { readonly is: (part: Partial<Part>) => boolean; readonly what: string },
): Part {
  if (typeof value !== "object" || value === null || !is(value as Partial<Part>)) {
    const advice = adviceOnPart(kind, value);
    fail(path, `must be ${what}${advice === undefined ? "" : `. ${advice}`}`);
  }
  const { specVersion } = value as Partial<Part>;
  if (specVersion !== 1) {
    fail(
      path,
      `speaks version ${String(specVersion)} of its contract, and this version of Loci knows version 1: install versions that belong together`,
    );
  }
  return value as Part;
}

function isNamed({ id }: { readonly id?: unknown }): boolean {
  return typeof id === "string" && id !== "";
}
