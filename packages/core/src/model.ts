export type { ModelProblem } from "./errors/model-error.ts";
export type { Extraction, Extractor } from "./extraction/extractor.ts";
export { extractionInstructions, promptExtractor } from "./extraction/prompt-extractor.ts";
export { assertOptions } from "./models/assert-options.ts";
export { assertFits, assertWholePrompt } from "./models/assert-whole-prompt.ts";
export { defineEmbedder, type EmbedderSettings } from "./models/define-embedder.ts";
export { detectTruncation } from "./models/detect-truncation.ts";
export { normalized } from "./models/embed-whole.ts";
export type { Embedder, EmbedOptions } from "./models/embedder.ts";
export type {
  GenerateRequest,
  GenerateResult,
  LanguageModel,
  PromptMessage,
} from "./models/language-model.ts";
export { languageModelReranker } from "./models/language-model-reranker.ts";
export { isContextLengthError, modelProblemOfStatus } from "./models/model-problem-of-status.ts";
export { parseAnswer } from "./models/parse-answer.ts";
export { readRetryAfter } from "./models/read-retry-after.ts";
export type { Reranker } from "./models/reranker.ts";
export { unreadableAnswer } from "./models/unreadable-answer.ts";
export { estimateTokens } from "./text/estimate-tokens.ts";
