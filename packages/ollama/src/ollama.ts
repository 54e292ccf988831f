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
 * A language model of a local Ollama. Sends nothing to the server before the first use.
 * @param model its name in Ollama, such as `qwen3:4b`
 */
function languageModel(model: string, options: OllamaModelOptions = {}): LanguageModel {
  return ollamaLanguageModel(model, options);
}

/**
 * An embedder of a local Ollama. Sends nothing to the server before the first use.
 * @param model its name in Ollama, such as `nomic-embed-text`
 */
function embedder(model: string, options: OllamaEmbedderOptions = {}): Embedder {
  return ollamaEmbedder(model, options);
}

/**
 * The models that the server has.
 * @throws ModelError when the server does not answer
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
