export { aiSdk } from "./ai-sdk.ts";
export type {
  AiSdkEmbedderOptions,
  AiSdkEmbeddingModel,
  AiSdkLanguageModel,
  AiSdkModelOptions,
} from "./options.ts";
