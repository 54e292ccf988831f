export { openai } from "./openai.ts";
export type { OpenAIEmbedderOptions, OpenAIModelOptions, OpenAIServerOptions } from "./options.ts";
