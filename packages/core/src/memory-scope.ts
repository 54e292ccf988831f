import type { Engine } from "./build-engine.ts";
import type { ErasurePlan, ErasureReceipt } from "./erasure/receipt.ts";
import { InvalidInputError } from "./errors/invalid-input-error.ts";
import type { Counts, Operation } from "./guard/audit.ts";
import type { OperationContext } from "./guard/operation-context.ts";
import type { AddOptions } from "./input/add-options.ts";
import { type Call, type CallOptions, callOptions } from "./input/call-options.ts";
import { type ContextOptions, contextOptions } from "./input/context-options.ts";
import { type DayOptions, dayOptions } from "./input/day-options.ts";
import { type ExportOptions, exportOptions } from "./input/export-options.ts";
import { type IdOrKey, parseIdOrKey } from "./input/id-or-key.ts";
import { type ListOptions, listOptions } from "./input/list-options.ts";
import { type MemoryPatch, type MemoryUpdate, parseChanges, parseUpdates } from "./input/memory-patch.ts";
import type { AddInput } from "./input/messages.ts";
import { noLanguageModel } from "./input/no-language-model.ts";
import { type OptionTable, type Parsed, parseOptions } from "./input/option-table.ts";
import { parseAdd } from "./input/parse-add.ts";
import { type QueryOptions, queryOptions } from "./input/query-options.ts";
import { type ReadOptions, readOptions } from "./input/read-options.ts";
import { type SearchOptions, searchOptions } from "./input/search-options.ts";
import { parseIds, parseText } from "./input/text.ts";
import { addMessages, extractPending, nothingExtracted, pending } from "./operations/add-messages.ts";
import { type BuiltContext, buildContext, nothingBuilt } from "./operations/build-context.ts";
import { remove, removeAll, removeMany } from "./operations/delete.ts";
import { count, emptyPage, get, getMany, history, list } from "./operations/read.ts";
import { type Found, nothingFound, search } from "./operations/search.ts";
import { notFound, update, updateMany } from "./operations/update.ts";
import type { AddResult } from "./records/add-result.ts";
import { countAdded, countFound, countWritten } from "./records/count-results.ts";
import { type DeleteResult, nothingDeleted } from "./records/delete-result.ts";
import type { HistoryEntry } from "./records/history-entry.ts";
import type { MemoryContext } from "./records/memory-context.ts";
import type { MemoryItem, MemoryPage } from "./records/memory-item.ts";
import type { SearchResult } from "./records/search-result.ts";
import type { WriteResult } from "./records/write-result.ts";
import { type ParsedScope, scopeOf } from "./scope/parse-scope.ts";
import type { Scope } from "./scope/scope.ts";
import { scopeKeyOf } from "./scope/scope-filter.ts";
import { exportDump } from "./transfer/export-dump.ts";
import { each } from "./util/each.ts";

/**
 * The memory of one scope: a handle for a request handler or an agent, which reaches nothing else. Take it from
 * `memory.scope()`. Every method checks its input before any I/O. Beside the errors that it names, every method throws
 * `InvalidInputError` for a misspelt or broken option, `OrganizationGoneError` after the organization was offboarded,
 * and `ClosedError` after the memory was closed.
 * @example
 * ```ts
 * const alice: MemoryScope = memory.scope({ orgId: "acme", userId: "alice" });
 * await alice.add("I moved to Berlin");
 * const [best] = await alice.search("Where does she live?");
 * ```
 */
export class MemoryScope {
  readonly #engine: Engine;
  readonly #scope: ParsedScope;

  /** @internal Made by `memory.scope()`. */
  constructor(engine: Engine, scope: ParsedScope) {
    this.#engine = engine;
    this.#scope = scope;
  }

  /** The scope that this handle is bound to, frozen. */
  get scope(): Readonly<Partial<Scope>> {
    return scopeOf(this.#scope);
  }

  /**
   * Remembers a text, or the messages of a conversation, at exactly this scope. With a language model, they are turned
   * into facts and compared with what is known: what they correct is closed, not overwritten. Without one, or with
   * `infer: false`, each message is stored as one memory. The same text is stored once: adding it again answers
   * `unchanged`, or `updated` when metadata or expiry differ. With a `key`, the text is kept under that, and replaces the one before.
   * @param input a text, a message, or up to 10,000 of them. Messages of chat libraries are taken as they are; those of the system and
   * of tools are left out, unless `roles` asks for them
   * @throws InvalidMetadataError, EmbedderMismatchError, InvalidEmbeddingError, ModelError, PartialWriteError,
   * StorageFullError; MemoryNotFoundError for an unknown `supersedes`; ExtractionError when the language model failed,
   * with the messages
   */
  async add(input: AddInput, options: AddOptions = {}): Promise<AddResult> {
    const { guard } = this.#engine;
    guard.assertOpen();
    const parsed = parseAdd(input, options, guard.timeZone);
    if (parsed.options.infer && !guard.infers) throw noLanguageModel("infer: true");
    if (parsed.options.background && !guard.infers) throw noLanguageModel("background: true");
    const reported = { name: "add", counts: countAdded } as const;
    let isExtracted = false;
    const result = await guard.write(reported, this.#scope, parsed.options, (context) => {
      isExtracted = parsed.options.background === true && context.inference !== undefined;
      return addMessages(context, parsed);
    });
    if (isExtracted) this.#extractSoon(parsed.options);
    return result;
  }

  /** The messages of exactly this scope that are still to be turned into facts, in the order in which they were said. */
  async pending(options: CallOptions = {}): Promise<readonly MemoryItem[]> {
    const call = this.#parse(options, callOptions);
    return this.#read<readonly MemoryItem[]>("pending", call, countFound, pending, () => []);
  }

  /**
   * Turns the messages of exactly this scope that wait for it into facts: those stored by `onExtractionFailure: "store-raw"`, and those of
   * `background: true` that a crash or a failure has left. Each is
   * deleted when its facts are stored, so this can be repeated until it succeeds.
   * @throws InvalidInputError without a language model; ExtractionError when the language model fails again
   */
  async extractPending(options: DayOptions = {}): Promise<AddResult> {
    const call = this.#parse(options, dayOptions);
    if (!this.#engine.guard.infers) throw noLanguageModel("extractPending");
    return this.#change("extractPending", call, countAdded, extractPending, () => nothingExtracted);
  }

  /**
   * The memories that this scope sees, the most relevant first: by meaning and keywords with an embedder, by keywords
   * without one. It ranks and does not select: give a `threshold` to leave out what is weak.
   * @param query 1 to 65,536 UTF-8 bytes
   * @throws InvalidFilterError, EmbedderMismatchError, InvalidEmbeddingError, InvalidRankingError, ModelError
   */
  async search(query: string, options: SearchOptions = {}): Promise<readonly SearchResult[]> {
    const parsed = this.#parse(options, searchOptions);
    const text = parseText(query, "query");
    const run = (context: OperationContext) => search(context, text, parsed);
    const counts = ({ results, failure }: Found) => countFound(results, failure);
    const { results } = await this.#read("search", parsed, counts, run, () => nothingFound);
    return results;
  }

  /**
   * What `search` finds, as text for a system prompt: the most relevant memories that fit into `maxTokens`, one a line,
   * each with its day and its speaker, the most relevant at both ends, between tags that no memory can close. What has nothing to do with
   * the query, what says the same again, and what was superseded is left out.
   * @param query 1 to 65,536 UTF-8 bytes
   * @throws as `search`; what `countTokens` and `format` throw
   */
  async context(query: string, options: ContextOptions = {}): Promise<MemoryContext> {
    const parsed = this.#parse(options, contextOptions);
    const text = parseText(query, "query");
    const counts = ({ built, failure }: BuiltContext) => countFound(built.memories, failure);
    const run = (context: OperationContext) => buildContext(context, text, parsed);
    const { built } = await this.#read("context", parsed, counts, run, () => nothingBuilt);
    return built;
  }

  /**
   * The memory with this id or key, or null when this scope sees none. It may be one that was superseded. Of several levels with a
   * memory of the key, the nearest answers: this scope itself first.
   */
  async get(id: IdOrKey, options: ReadOptions = {}): Promise<MemoryItem | null> {
    const parsed = this.#parse(options, readOptions);
    const name = parseIdOrKey(id);
    const counts = (found: MemoryItem | null) => countFound([found]);
    const run = (context: OperationContext) => get(context, name, parsed);
    return this.#read("get", parsed, counts, run, () => null);
  }

  /** The memories with these ids (1 to 1,000), in the order of the ids; null for each that this scope does not see. */
  async getMany(ids: readonly string[], options: ReadOptions = {}): Promise<readonly (MemoryItem | null)[]> {
    const parsed = this.#parse(options, readOptions);
    const checked = parseIds(ids);
    const run = (context: OperationContext) => getMany(context, checked, parsed);
    return this.#read("getMany", parsed, countFound, run, () => checked.map(() => null));
  }

  /**
   * Every memory that this scope sees, from newest to oldest, page by page: 100 a page by default. A page with a
   * `cursor` is not the last one.
   * @throws InvalidFilterError; InvalidCursorError for a cursor of another listing
   */
  async list(options: ListOptions = {}): Promise<MemoryPage> {
    const parsed = this.#parse(options, listOptions);
    const counts = ({ memories }: MemoryPage) => countFound(memories);
    const run = (context: OperationContext) => list(context, parsed);
    return this.#read("list", parsed, counts, run, () => emptyPage(parsed.cursor));
  }

  /** The same without pages: `for await (const { text } of alice.listAll())`. Reads a page when it is needed. @throws as `list` */
  listAll(options: ListOptions = {}): AsyncGenerator<MemoryItem, void, undefined> {
    this.#parse(options, listOptions);
    return each(
      (cursor) => this.list({ ...options, ...cursor }),
      ({ memories }) => memories,
    );
  }

  /** How many memories this scope sees. @throws InvalidFilterError */
  async count(options: QueryOptions = {}): Promise<number> {
    const parsed = this.#parse(options, queryOptions);
    const run = (context: OperationContext) => count(context, parsed);
    return this.#read(
      "count",
      parsed,
      (found) => ({ found }),
      run,
      () => 0,
    );
  }

  /** How the memory with this id or key changed, oldest first; empty when this scope sees none. */
  async history(id: IdOrKey, options: CallOptions = {}): Promise<readonly HistoryEntry[]> {
    const call = this.#parse(options, callOptions);
    const checked = parseIdOrKey(id);
    const run = (context: OperationContext) => history(context, checked);
    return this.#read<readonly HistoryEntry[]>("history", call, countFound, run, () => []);
  }

  /**
   * Changes the memory with this id, at this scope or below it, or with this key, at exactly this scope. Its former text stays in its
   * history.
   * @throws InvalidMetadataError; MemoryNotFoundError for an id or key that does not exist or that this scope may not change
   */
  async update(id: IdOrKey, patch: MemoryPatch, options: DayOptions = {}): Promise<WriteResult> {
    const call = this.#parse(options, dayOptions);
    const name = parseIdOrKey(id);
    const changes = parseChanges(patch, this.#zoneOf(call));
    const run = (context: OperationContext) => update(context, name, changes);
    const [result] = await this.#update("update", call, run, [name]);
    return result as WriteResult;
  }

  /** Changes 1 to 1,000 memories, as `update` does. All are looked up before any is changed. @throws as `update` */
  async updateMany(
    updates: readonly MemoryUpdate[],
    options: DayOptions = {},
  ): Promise<readonly WriteResult[]> {
    const call = this.#parse(options, dayOptions);
    const parsed = parseUpdates(updates, this.#zoneOf(call));
    const ids = parsed.map(({ id }) => id);
    return this.#update("updateMany", call, (context) => updateMany(context, parsed), ids);
  }

  /**
   * Deletes the memory with this id, at this scope or below it, or with this key, at exactly this scope, and its history. `deleted` is
   * 0 when there is none.
   */
  async delete(id: IdOrKey, options: CallOptions = {}): Promise<DeleteResult> {
    const call = this.#parse(options, callOptions);
    const name = parseIdOrKey(id);
    return this.#delete("delete", call, (context) => remove(context, name));
  }

  /** Deletes the memories with these ids (1 to 1,000), at this scope or below it, and their history. */
  async deleteMany(ids: readonly string[], options: CallOptions = {}): Promise<DeleteResult> {
    const call = this.#parse(options, callOptions);
    const checked = parseIds(ids);
    return this.#delete("deleteMany", call, (context) => removeMany(context, checked));
  }

  /** Deletes every memory at this scope and below it. */
  async deleteAll(options: CallOptions = {}): Promise<DeleteResult> {
    return this.#delete("deleteAll", this.#parse(options, callOptions), removeAll);
  }

  /**
   * Deletes everything at this scope and below it, as `deleteAll` does, reads back in every way that the store has, and
   * returns a receipt: for a person who asks to be forgotten. Of an organization that has never stored anything it says so.
   * @throws InvalidInputError for an organization as a whole, which `offboard` deletes; OrganizationBusyError during a migration; StoreError when something is left: call it again
   */
  async forget(options: CallOptions = {}): Promise<ErasureReceipt> {
    const call = this.#parse(options, callOptions);
    this.#assertNarrow();
    return this.#engine.eraser.forget(this.#scope, call);
  }

  /** What `forget` would delete. @throws as `forget` */
  async planForget(options: CallOptions = {}): Promise<ErasurePlan> {
    const call = this.#parse(options, callOptions);
    this.#assertNarrow();
    return this.#engine.eraser.plan(this.#scope, call);
  }

  /**
   * Everything at this scope and below it, with history and vectors, as a dump: for a person who asks what is known
   * about them. The stream reads one page at a time; what is written meanwhile may be in it or not.
   */
  async export(options: ExportOptions = {}): Promise<ReadableStream<Uint8Array>> {
    return exportDump(this.#engine.guard, this.#scope, "scope", this.#parse(options, exportOptions));
  }

  /** Extracts from what waits at this scope, without the signal of the call that has stored it. */
  #extractSoon({ actor, timeZone }: Call): void {
    const call = {
      ...(actor === undefined ? {} : { actor }),
      ...(timeZone === undefined ? {} : { timeZone }),
    };
    const key = JSON.stringify([this.#scope.tenant, scopeKeyOf(this.#scope.inner)]);
    this.#engine.background.schedule(key, this.scope, () => this.extractPending(call));
  }

  #parse<Options>(options: Options, table: OptionTable<Options>): Parsed<Options> {
    this.#engine.guard.assertOpen();
    return parseOptions(options, table, this.#engine.guard.timeZone);
  }

  #zoneOf({ timeZone }: Call): string {
    return timeZone ?? this.#engine.guard.timeZone;
  }

  #read<T>(
    name: Operation,
    call: Call,
    counts: (result: T) => Counts,
    run: (context: OperationContext) => Promise<T>,
    otherwise: () => T,
  ): Promise<T> {
    return this.#engine.guard.read({ name, counts }, this.#scope, call, run, otherwise);
  }

  #change<T>(
    name: Operation,
    call: Call,
    counts: (result: T) => Counts,
    run: (context: OperationContext) => Promise<T>,
    otherwise: () => T,
  ): Promise<T> {
    return this.#engine.guard.change({ name, counts }, this.#scope, call, run, otherwise);
  }

  #update(
    name: "update" | "updateMany",
    call: Call,
    run: (context: OperationContext) => Promise<readonly WriteResult[]>,
    names: readonly IdOrKey[],
  ): Promise<readonly WriteResult[]> {
    return this.#change(name, call, countWritten, run, () => {
      throw notFound(names);
    });
  }

  #delete(
    name: "delete" | "deleteMany" | "deleteAll",
    call: Call,
    run: (context: OperationContext) => Promise<DeleteResult>,
  ): Promise<DeleteResult> {
    const reported = { name, counts: ({ deleted }: DeleteResult) => ({ deleted }) };
    return this.#engine.guard.erase(reported, this.#scope, call, run, () => nothingDeleted);
  }

  /** Refuses an organization as a whole. */
  #assertNarrow(): void {
    if (Object.keys(this.#scope.inner).length > 0) return;
    throw new InvalidInputError(
      "forget is for a user, an agent or a run. To end an organization as a whole, call memory.organization(orgId).offboard(); to empty it, deleteAll.",
      { path: "scope" },
    );
  }
}
