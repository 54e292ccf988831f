export { cases } from "./cases/index.ts";
export type { CaseContext, Check, ConformanceCase, Level } from "./conformance-case.ts";
export { identifierPairs, identifiers, injections, runTogether } from "./corpus.ts";
export type { ConformanceHarness, Instance, KnownGap } from "./harness.ts";
export { casesAsMarkdown } from "./markdown.ts";
export { Canaries, type Canary, surfaceText } from "./oracles/canary.ts";
export { outcomeOf } from "./oracles/outcome.ts";
export type { CaseResult, ConformanceReport, Verdict } from "./report.ts";
export { type ConformanceOptions, runConformance } from "./run-conformance.ts";
