export type { BackendFault, BackendFaults, FailingBackend } from "./backend-fault.ts";
export { cases } from "./cases/index.ts";
export type { CaseContext, CaseNotes, Check, ConformanceCase, Level } from "./conformance-case.ts";
export type { ConformanceOptions } from "./conformance-options.ts";
export { hostileTexts, identifierPairs, identifiers, injections, runTogether } from "./corpus.ts";
export { letterEmbedder } from "./engine-fixtures.ts";
export type { ConformanceHarness, Instance, KnownGap } from "./harness.ts";
export { casesAsMarkdown } from "./markdown.ts";
export { type EmbedderHarness, embedderCases, runEmbedderConformance } from "./models/embedder-cases.ts";
export {
  type LanguageModelHarness,
  languageModelCases,
  runLanguageModelConformance,
} from "./models/language-model-cases.ts";
export type { ModelCase, ModelResult } from "./models/model-case.ts";
export { holdingUp } from "./oracles/both-orders.ts";
export { Canaries, type Canary, surfaceText } from "./oracles/canary.ts";
export { boundStore, type Fault, faultyStore } from "./oracles/faulty-store.ts";
export { interference } from "./oracles/non-interference.ts";
export { outcomeOf } from "./oracles/outcome.ts";
export { randomFrom } from "./oracles/random.ts";
export { bytesProblem } from "./oracles/unchanged.ts";
export type { Backend, CapabilityReport, CaseResult, ConformanceReport, Verdict } from "./report.ts";
export { runConformance } from "./run-conformance.ts";
