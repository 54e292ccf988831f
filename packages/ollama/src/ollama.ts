import type { CallOptions } from "@loci/core";
import type { Embedder, LanguageModel } from "@loci/core/model";
import { ollamaEmbedder } from "./embedder.ts";
import { installedModels } from "./installed.ts";
import { ollamaLanguageModel } from "./language-model.ts";
import type {
  InstalledModel,
  OllamaEmbedderOptions,
  OllamaModelOptions,
  OllamaServerOptions,
} from "./options.ts";

/**
 * A language model of a local Ollama. Nothing is asked of the server before the first use.
 * @param model its name with Ollama, such as `qwen3:4b`
 */
function languageModel(model: string, options: OllamaModelOptions = {}): LanguageModel {
  return ollamaLanguageModel(model, options);
}

/**
 * An embedder of a local Ollama. Nothing is asked of the server before the first use.
 * @param model its name with Ollama, such as `nomic-embed-text`
 */
function embedder(model: string, options: OllamaEmbedderOptions = {}): Embedder {
  return ollamaEmbedder(model, options);
}

/**
 * What the server has, to choose from.
 * @throws ModelError when there is no server
 */
async function installed(
  options: OllamaServerOptions & CallOptions = {},
): Promise<readonly InstalledModel[]> {
  return installedModels(options);
}

/** Models of a local Ollama: `ollama("qwen3:4b")` is a language model, `ollama.embedder("nomic-embed-text")` an embedder. */
export const ollama: typeof languageModel & {
  readonly embedder: typeof embedder;
  readonly installed: typeof installed;
} = Object.assign(languageModel, { embedder, installed });
