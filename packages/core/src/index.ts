export {
  type ErasurePlan,
  type ErasureReceipt,
  type LedgerEntry,
  receiptToMarkdown,
  verifyReceipts,
} from "./erasure/receipt.ts";
export { ClosedError } from "./errors/closed-error.ts";
export { EmbedderMismatchError } from "./errors/embedder-mismatch-error.ts";
export { ExtractionError, type UnprocessedMessage } from "./errors/extraction-error.ts";
export { ImportConflictError } from "./errors/import-conflict-error.ts";
export { InsufficientIsolationError } from "./errors/insufficient-isolation-error.ts";
export { InvalidCursorError } from "./errors/invalid-cursor-error.ts";
export { InvalidDumpError } from "./errors/invalid-dump-error.ts";
export { InvalidEmbeddingError } from "./errors/invalid-embedding-error.ts";
export { InvalidFilterError } from "./errors/invalid-filter-error.ts";
export { InvalidInputError } from "./errors/invalid-input-error.ts";
export { InvalidMetadataError } from "./errors/invalid-metadata-error.ts";
export { InvalidRankingError } from "./errors/invalid-ranking-error.ts";
export { InvalidScopeError } from "./errors/invalid-scope-error.ts";
export { IsolationBreachError } from "./errors/isolation-breach-error.ts";
export { KeyError, type KeyProblem } from "./errors/key-error.ts";
export { LociError, type LociErrorOptions } from "./errors/loci-error.ts";
export { MemoryNotFoundError } from "./errors/memory-not-found-error.ts";
export { ModelError, type ModelProblem } from "./errors/model-error.ts";
export { NamespaceNotFoundError } from "./errors/namespace-not-found-error.ts";
export { NamespaceOwnershipError } from "./errors/namespace-ownership-error.ts";
export { OrganizationBusyError } from "./errors/organization-busy-error.ts";
export { OrganizationGoneError } from "./errors/organization-gone-error.ts";
export { OrganizationNotFoundError } from "./errors/organization-not-found-error.ts";
export { PartialWriteError } from "./errors/partial-write-error.ts";
export { RegionFullError } from "./errors/region-full-error.ts";
export { RegionNotConfiguredError } from "./errors/region-not-configured-error.ts";
export { StorageFullError } from "./errors/storage-full-error.ts";
export { StoreError } from "./errors/store-error.ts";
export { UnsupportedError } from "./errors/unsupported-error.ts";
export type {
  ExtractedFact,
  Extraction,
  ExtractionRequest,
  Extractor,
  ExtractorAnswer,
  KnownMemory,
  NumberedMessage,
} from "./extraction/extractor.ts";
export type { RejectedAnswer } from "./extraction/parse-extraction.ts";
export {
  extractionInstructions,
  extractionPrompt,
  extractionSchema,
  promptExtractor,
} from "./extraction/prompt-extractor.ts";
export {
  type Comparison,
  type Conjunction,
  type Disjunction,
  type ExistsComparison,
  type FieldCondition,
  type FieldScalar,
  type Fields,
  type FieldValue,
  type Filter,
  type InComparison,
  type MetadataFilter,
  noExpiry,
  type RangeComparison,
} from "./filter/filter.ts";
export {
  type FilterTokens,
  filterTokens,
  type TokenComparison,
  tokenComparison,
} from "./filter/filter-tokens.ts";
export { matchesFilter } from "./filter/matches-filter.ts";
export type { JsonValue, Metadata } from "./filter/metadata.ts";
export { parseFilter } from "./filter/parse-filter.ts";
export type { AuditEvent, AuditListener, Operation } from "./guard/audit.ts";
export type { AddInput, Message, Role } from "./input/messages.ts";
export type {
  AddOptions,
  CallOptions,
  ContextOptions,
  ErasureOptions,
  ExportOptions,
  ImportOptions,
  ListOptions,
  MemoryPatch,
  MigrationOptions,
  MoveOptions,
  OnboardOptions,
  OrganizationsOptions,
  QueryOptions,
  ReadOptions,
  ReembedOptions,
  SearchOptions,
} from "./input/options.ts";
export { defineKeyProvider, type MasterKeys } from "./keys/define-key-provider.ts";
export type { DataKey, KeyOwner, KeyProvider } from "./keys/key-provider.ts";
export {
  type LedgerPage,
  Memory,
  type OrganizationArgument,
  type OrganizationArgumentWith,
  type OrganizationPage,
  type ScopeArgument,
} from "./memory.ts";
export { MemoryScope, type MemoryUpdate } from "./memory-scope.ts";
export type { MigrationProgress, MigrationResult } from "./migration/migration.ts";
export type { ReembedPlan } from "./migration/migrations.ts";
export { assertContextTokens, assertFits, assertWholePrompt } from "./models/assert-whole-prompt.ts";
export { defineEmbedder, type EmbedderServer, type EmbedderSettings } from "./models/define-embedder.ts";
export { type CountedVectors, detectTruncation } from "./models/detect-truncation.ts";
export { normalized } from "./models/embed-whole.ts";
export type { Embedder, EmbedOptions } from "./models/embedder.ts";
export type { EmbeddingPrefixes } from "./models/embedding-prefixes.ts";
export type {
  GenerateRequest,
  GenerateResult,
  LanguageModel,
  LanguageModelDescription,
  PromptMessage,
} from "./models/language-model.ts";
export { isContextLengthError, modelProblemOfStatus } from "./models/model-problem-of-status.ts";
export { parseAnswer } from "./models/parse-answer.ts";
export type { Reranker } from "./models/reranker.ts";
export type { AddResult, WriteResult } from "./operations/add.ts";
export type { DeleteResult } from "./operations/change.ts";
export type { MemoryContext } from "./operations/context.ts";
export type { ExtractionReport } from "./operations/extract-facts.ts";
export type { MemoryPage } from "./operations/read.ts";
export type { Explanation, SearchResult } from "./operations/search.ts";
export type { MemoryOptions } from "./options/memory-options.ts";
export type { CellOptions, RegionOptions } from "./options/region-options.ts";
export type { HistoryEntry, HistoryEvent, MemoryItem } from "./records/memory-record.ts";
export type { InnerScope, Levels, Scope, ScopeFor, Tenancy } from "./scope/scope.ts";
export {
  type Allowed,
  assertScopeFilter,
  exactScopeFilter,
  inScope,
  isScopeFilter,
  type ScopeFilter,
  type ScopeKey,
  scopeFilter,
  scopeKeyOf,
} from "./scope/scope-filter.ts";
export { answerWithin } from "./store/answer-within.ts";
export {
  compilePredicate,
  type PredicateDialect,
  type PredicateQuery,
  type TimeColumn,
} from "./store/compile-predicate.ts";
export { defineStore } from "./store/define-store.ts";
export { inMemory } from "./store/in-memory-store.ts";
export type { ListPosition } from "./store/list-cursor.ts";
export type { EmbedderFingerprint, Manifest, WrappedKey } from "./store/manifest.ts";
export {
  assertNamespaceKey,
  isNamespaceKey,
  type NamespaceIdentity,
  type NamespaceKey,
  type NamespaceKind,
  namespaceKey,
} from "./store/namespace-key.ts";
export { recordBytes } from "./store/record-batches.ts";
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
  CreateRequest,
  DriverGetQuery,
  DriverListQuery,
  DriverQuery,
  DriverTextQuery,
  DriverVectorQuery,
  FindRequest,
  ListedRecord,
  NamespaceDriver,
  StoreDriver,
  StoreLimits,
  WriteOutcome,
  WriteRequest,
} from "./store/store-driver.ts";
export type { StoreFailure } from "./store/store-failure.ts";
export { type TokenRow, toTokenRow } from "./store/token-row.ts";
export type {
  DeleteRequest,
  DropReport,
  GetQuery,
  Isolation,
  KeywordFields,
  ListQuery,
  Namespace,
  NamespaceRequest,
  OpenRequest,
  Page,
  Query,
  Residue,
  ScoredRecord,
  StoreCapabilities,
  StoredRecord,
  TextQuery,
  UpsertRequest,
  VectorQuery,
  VectorRecord,
  VectorStore,
} from "./store/vector-store.ts";
export type { Location } from "./tenancy/location.ts";
export type { OrganizationEntry } from "./tenancy/tenant-registry.ts";
export { bm25, type FieldWeights } from "./text/bm25.ts";
export { estimateTokens } from "./text/estimate-tokens.ts";
export { documentTermVector, queryTermVector, type SparseVector } from "./text/term-weights.ts";
export { documentTerms, queryTerms } from "./text/tokenize.ts";
export type { DumpFooter, DumpHeader, DumpRecord } from "./transfer/dump.ts";
export type { TransferProgress } from "./transfer/export.ts";
export type { ConflictPolicy, ImportResult } from "./transfer/import-records.ts";
export type { DumpSource } from "./transfer/read-dump.ts";
