export { ollama } from "./ollama.ts";
export type { OllamaEmbedderOptions, OllamaModelOptions, OllamaServerOptions } from "./options.ts";
