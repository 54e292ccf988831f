export { NamespaceNotFoundError } from "./errors/namespace-not-found-error.ts";
export {
  type Comparison,
  type FieldScalar,
  type Fields,
  type Filter,
  noExpiry,
} from "./filter/filter.ts";
export { matchesFilter } from "./filter/matches-filter.ts";
export { parseFilter } from "./filter/parse-filter.ts";
export {
  assertScopeFilter,
  inScope,
  type ScopeFilter,
  type ScopeKey,
  scopeFilter,
} from "./scope/scope-filter.ts";
export { answerWithin } from "./store/answer-within.ts";
export { compilePredicate, type PredicateDialect } from "./store/compile-predicate.ts";
export { defineStore } from "./store/define-store.ts";
export { tokenComparison } from "./store/filter-tokens.ts";
export type { Manifest } from "./store/manifest.ts";
export { assertNamespaceKey, type NamespaceKey, namespaceKey } from "./store/namespace-key.ts";
export {
  columnNames,
  fromColumns,
  type RecordColumns,
  systemColumns,
  toColumns,
} from "./store/record-columns.ts";
export { recordKey } from "./store/record-key.ts";
export { type RecordTest, scanDialect } from "./store/scan-dialect.ts";
export type {
  DeleteVersionsRequest,
  DriverGetQuery,
  DriverListQuery,
  DriverQuery,
  DriverTextQuery,
  DriverVectorQuery,
  ListedRecord,
  NamespaceDriver,
  StoreDriver,
  WriteOutcome,
  WriteRequest,
} from "./store/store-driver.ts";
export type { StoreFailure } from "./store/store-failure.ts";
export { type TokenRow, toTokenRow } from "./store/token-row.ts";
export type {
  DropReport,
  Expected,
  Namespace,
  RecordContent,
  RecordVersion,
  Residue,
  ScoredRecord,
  StoreCapabilities,
  StoredRecord,
  TextQuery,
  VectorRecord,
  VectorStore,
} from "./store/vector-store.ts";
export { bm25 } from "./text/bm25.ts";
export { documentTermVector, queryTermVector } from "./text/term-weights.ts";
export { giveWay } from "./util/event-loop-turn.ts";
