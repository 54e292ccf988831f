export { ollama } from "./ollama.ts";
export type {
  InstalledModel,
  OllamaEmbedderOptions,
  OllamaModelOptions,
  OllamaServerOptions,
} from "./options.ts";
