export {
  type ErasurePlan,
  type ErasureReceipt,
  type LedgerEntry,
  receiptToMarkdown,
  verifyReceipts,
} from "./erasure/receipt.ts";
export { ClosedError } from "./errors/closed-error.ts";
export { EmbedderMismatchError } from "./errors/embedder-mismatch-error.ts";
export { ExtractionError } from "./errors/extraction-error.ts";
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
export { KeyError } from "./errors/key-error.ts";
export { LociError } from "./errors/loci-error.ts";
export { MemoryNotFoundError } from "./errors/memory-not-found-error.ts";
export { ModelError } from "./errors/model-error.ts";
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
export type { ExtractionReport } from "./extraction/extraction-report.ts";
export type { MetadataFilter } from "./filter/filter.ts";
export type { Metadata } from "./filter/metadata.ts";
export type { AuditEvent, AuditListener } from "./guard/audit.ts";
export type { AddInput, Message } from "./input/messages.ts";
export type {
  AddOptions,
  CallOptions,
  ContextOptions,
  ExportOptions,
  ImportOptions,
  ListOptions,
  MemoryPatch,
  MigrationOptions,
  MoveOptions,
  OrganizationsOptions,
  ReembedOptions,
  SearchOptions,
} from "./input/options.ts";
export type { MigrationProgress, TransferProgress } from "./input/progress.ts";
export { defineKeyProvider, type MasterKeys } from "./keys/define-key-provider.ts";
export type { KeyOwner, KeyProvider } from "./keys/key-provider.ts";
export { type LedgerPage, Memory, type OrganizationPage } from "./memory.ts";
export { MemoryScope, type MemoryUpdate } from "./memory-scope.ts";
export type { MigrationResult } from "./migration/migration.ts";
export type { ReembedPlan } from "./migration/migrations.ts";
export type { Embedder } from "./models/embedder.ts";
export type { LanguageModel } from "./models/language-model.ts";
export type { MemoryOptions } from "./options/memory-options.ts";
export type { RegionOptions } from "./options/region-options.ts";
export { Organization } from "./organization.ts";
export type { AddResult } from "./records/add-result.ts";
export type { DeleteResult } from "./records/delete-result.ts";
export type { HistoryEntry } from "./records/history-entry.ts";
export type { MemoryContext } from "./records/memory-context.ts";
export type { MemoryItem, MemoryPage } from "./records/memory-item.ts";
export type { SearchResult } from "./records/search-result.ts";
export type { WriteResult } from "./records/write-result.ts";
export type { Levels, Scope, Tenancy } from "./scope/scope.ts";
export { inMemory } from "./store/in-memory-store.ts";
export type { VectorStore } from "./store/vector-store.ts";
export type { OrganizationEntry } from "./tenancy/tenant-registry.ts";
export type { ImportResult } from "./transfer/import-result.ts";
export type { DumpSource } from "./transfer/read-dump.ts";
