export { openai } from "./openai.ts";
export type {
  OpenAIEmbedderOptions,
  OpenAIModelOptions,
  OpenAIRerankerOptions,
  OpenAIServerOptions,
} from "./options.ts";
