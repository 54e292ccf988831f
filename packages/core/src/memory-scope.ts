import type { Engine } from "./build-engine.ts";
import type { ErasurePlan, ErasureReceipt } from "./erasure/receipt.ts";
import { InvalidCursorError } from "./errors/invalid-cursor-error.ts";
import { InvalidInputError } from "./errors/invalid-input-error.ts";
import type { Guard } from "./guard/guard.ts";
import { type AddInput, parseMessages } from "./input/messages.ts";
import {
  type AddOptions,
  type CallOptions,
  type ContextOptions,
  callOptions,
  type ExportOptions,
  type ListOptions,
  type MemoryPatch,
  type OptionName,
  type ParsedOptions,
  parseOptions,
  type ReadOptions,
  type SearchOptions,
} from "./input/options.ts";
import { readFields } from "./input/read-fields.ts";
import { parseId, parseIds, parseText } from "./input/text.ts";
import { add } from "./operations/add.ts";
import { addInferred, extractPending } from "./operations/add-inferred.ts";
import { buildContext, noContext } from "./operations/build-context.ts";
import { remove, removeAll } from "./operations/delete.ts";
import { get, history, list } from "./operations/read.ts";
import { search } from "./operations/search.ts";
import { notFound, type ParsedUpdate, update } from "./operations/update.ts";
import type { AddResult } from "./records/add-result.ts";
import { type DeleteResult, nothingDeleted } from "./records/delete-result.ts";
import type { HistoryEntry } from "./records/history-entry.ts";
import type { MemoryContext } from "./records/memory-context.ts";
import type { MemoryItem, MemoryPage } from "./records/memory-item.ts";
import type { SearchResult } from "./records/search-result.ts";
import type { WriteResult } from "./records/write-result.ts";
import { type ParsedScope, readOnce, scopeOf } from "./scope/parse-scope.ts";
import type { Scope } from "./scope/scope.ts";
import { exportDump } from "./transfer/export-dump.ts";

/** One change of a batch. */
export interface MemoryUpdate extends MemoryPatch {
  /** The memory to change. */
  readonly id: string;
}

const readOptions = ["asOf", ...callOptions] as const;
const queryOptions = ["levels", "filter", ...readOptions] as const;
/** The names of the options of an export. */
export const exportOptions: readonly OptionName[] = ["gzip", "vectors", "onProgress", ...callOptions];
const changeNames = ["text", "metadata", "expiresAt"] as const;

/**
 * A memory bound to one scope: a handle that can be given to a request handler or to an agent, and that
 * reaches nothing else. Every method checks its input before any I/O, takes an `AbortSignal`, and throws
 * `OrganizationGoneError` after the organization was offboarded and `ClosedError` after the memory was closed.
 */
export class MemoryScope {
  readonly #engine: Engine;
  readonly #guard: Guard;
  readonly #scope: ParsedScope;

  /** @internal Made by `memory.scope()`. */
  constructor(engine: Engine, scope: ParsedScope) {
    this.#engine = engine;
    this.#guard = engine.guard;
    this.#scope = scope;
  }

  /** The scope that this handle is bound to, frozen. */
  get scope(): Readonly<Partial<Scope>> {
    return scopeOf(this.#scope);
  }

  /**
   * Remembers a text, or the messages of a conversation, at exactly this scope. With a language model they are
   * turned into facts, which are compared with what is known: what they correct is closed, not overwritten. Without
   * one, or with `infer: false`, each message is stored as one memory. The same text is stored once: adding it again
   * answers `unchanged`, or `updated` when metadata or expiry differ.
   * @throws InvalidInputError, InvalidMetadataError, EmbedderMismatchError, InvalidEmbeddingError, ModelError,
   * PartialWriteError, StorageFullError, MemoryNotFoundError for an unknown `supersedes`, and ExtractionError,
   * which carries the messages, when the language model failed
   */
  async add(input: AddInput, options: AddOptions = {}): Promise<AddResult> {
    this.#guard.assertOpen();
    const given = parseMessages(input);
    const parsed = parseOptions(readOnce(options, "options"), [
      "metadata",
      "expiresAt",
      "supersedes",
      "timestamp",
      "infer",
      "onExtractionFailure",
      ...callOptions,
    ]);
    const { timestamp } = parsed;
    const messages = timestamp === undefined ? given : given.map((message) => ({ timestamp, ...message }));
    if (parsed.supersedes !== undefined && messages.length > 1) {
      throw new InvalidInputError(
        "supersedes takes one text that replaces the memory, not several messages.",
        {
          path: "supersedes",
        },
      );
    }
    if (parsed.infer && !this.#guard.infers) throw noLanguageModel("infer: true");
    if (parsed.infer && parsed.supersedes !== undefined) {
      throw new InvalidInputError("supersedes is for a text that is stored as it is: leave infer out.", {
        path: "infer",
      });
    }
    return this.#guard.write("add", this.#scope, parsed, (context) => {
      const { inference } = context;
      const infers = parsed.infer ?? (inference !== undefined && parsed.supersedes === undefined);
      if (!infers) return add(context, messages, parsed);
      if (!inference) throw noLanguageModel("infer: true, in this organization's region,");
      return addInferred(context, inference, messages, parsed);
    });
  }

  /**
   * Turns the messages of exactly this scope that were stored with `onExtractionFailure: "store-raw"` into facts.
   * Each goes when its facts are stored, so that this can be repeated until it succeeds.
   * @throws InvalidInputError without a language model; ExtractionError when the language model fails again
   */
  async extractPending(options: CallOptions = {}): Promise<AddResult> {
    this.#guard.assertOpen();
    const parsed = parseOptions(readOnce(options, "options"), callOptions);
    if (!this.#guard.infers) throw noLanguageModel("extractPending");
    return this.#guard.change<AddResult>(
      "extractPending",
      this.#scope,
      parsed,
      (context) => {
        if (!context.inference) throw noLanguageModel("extractPending, in this organization's region,");
        return extractPending(context, context.inference);
      },
      () => ({ results: [], extraction: { calls: 0, inputTokens: 0, outputTokens: 0, rejected: [] } }),
    );
  }

  /**
   * The memories that this scope sees, the most relevant first: by vectors and keywords with an embedder, by
   * keywords without one. It ranks rather than selects: to cut off what is weak, give a `threshold`.
   * @throws InvalidInputError, InvalidFilterError, EmbedderMismatchError, InvalidEmbeddingError
   */
  async search(query: string, options: SearchOptions = {}): Promise<readonly SearchResult[]> {
    this.#guard.assertOpen();
    const text = parseText(query, "query");
    const parsed = parseOptions(readOnce(options, "options"), [
      "limit",
      "threshold",
      "explain",
      ...queryOptions,
    ]);
    return this.#guard.read<readonly SearchResult[]>(
      "search",
      this.#scope,
      parsed,
      (context) => search(context, text, parsed),
      () => [],
    );
  }

  /**
   * What `search` finds, as a text for a system prompt: the most relevant memories that fit into `maxTokens`, a line
   * each with the day since which it holds, between tags that no memory can close.
   * @throws InvalidInputError, InvalidFilterError, EmbedderMismatchError, InvalidEmbeddingError, ModelError
   */
  async context(query: string, options: ContextOptions = {}): Promise<MemoryContext> {
    this.#guard.assertOpen();
    const text = parseText(query, "query");
    const parsed = parseOptions(readOnce(options, "options"), [
      "maxTokens",
      "limit",
      "threshold",
      ...queryOptions,
    ]);
    return this.#guard.read<MemoryContext>(
      "context",
      this.#scope,
      parsed,
      (context) => buildContext(context, text, parsed),
      () => noContext,
    );
  }

  /** The memory of this id, or null when this scope sees none. It may be one that was superseded. */
  async get(id: string, options: ReadOptions = {}): Promise<MemoryItem | null> {
    this.#guard.assertOpen();
    const checked = parseId(id);
    const parsed = parseOptions(readOnce(options, "options"), readOptions);
    const [found] = await this.#get("get", [checked], parsed);
    return found ?? null;
  }

  /** The memories of these ids (1 to 1,000), in their order, null for each that this scope does not see. */
  async getMany(ids: readonly string[], options: ReadOptions = {}): Promise<readonly (MemoryItem | null)[]> {
    this.#guard.assertOpen();
    const checked = parseIds(ids);
    return this.#get("getMany", checked, parseOptions(readOnce(options, "options"), readOptions));
  }

  /**
   * Every memory that this scope sees, newest first, page by page.
   * @throws InvalidInputError, InvalidFilterError, InvalidCursorError
   */
  async list(options: ListOptions = {}): Promise<MemoryPage> {
    this.#guard.assertOpen();
    const parsed = parseOptions(readOnce(options, "options"), ["limit", "cursor", ...queryOptions]);
    return this.#guard.read<MemoryPage>(
      "list",
      this.#scope,
      parsed,
      (context) => list(context, parsed),
      () => {
        if (parsed.cursor !== undefined)
          throw new InvalidCursorError("The cursor belongs to another listing.");
        return { memories: [] };
      },
    );
  }

  /**
   * Changes a memory at this scope or below it; the text that it had stays in its history.
   * @throws InvalidInputError, InvalidMetadataError, and MemoryNotFoundError for an id that does not exist or
   * that this scope may not change
   */
  async update(id: string, patch: MemoryPatch, options: CallOptions = {}): Promise<WriteResult> {
    this.#guard.assertOpen();
    const parsed = parseUpdate({ ...asPatch(patch, "patch"), id }, "patch");
    const [result] = await this.#update("update", [parsed], options);
    return result as WriteResult;
  }

  /** Changes several memories (1 to 1,000). All are looked up before any is changed. */
  async updateMany(
    updates: readonly MemoryUpdate[],
    options: CallOptions = {},
  ): Promise<readonly WriteResult[]> {
    this.#guard.assertOpen();
    return this.#update("updateMany", parseUpdates(updates), options);
  }

  /**
   * Deletes the memory of this id at this scope or below it, its history included, and says whether there was one.
   * @throws InvalidInputError
   */
  async delete(id: string, options: CallOptions = {}): Promise<DeleteResult> {
    this.#guard.assertOpen();
    return this.#delete("delete", [parseId(id)], options);
  }

  /**
   * Deletes the memories of these ids (1 to 1,000) at this scope or below it, their history included, and says how many
   * there were.
   * @throws InvalidInputError
   */
  async deleteMany(ids: readonly string[], options: CallOptions = {}): Promise<DeleteResult> {
    this.#guard.assertOpen();
    return this.#delete("deleteMany", parseIds(ids), options);
  }

  /** Deletes every memory at this scope and below it, and says how many there were. */
  async deleteAll(options: CallOptions = {}): Promise<DeleteResult> {
    this.#guard.assertOpen();
    const parsed = parseOptions(readOnce(options, "options"), callOptions);
    return this.#guard.change<DeleteResult>(
      "deleteAll",
      this.#scope,
      parsed,
      removeAll,
      () => nothingDeleted,
    );
  }

  /**
   * Deletes everything at this scope and below it, as `deleteAll` does, reads back in every way that the store has, and
   * returns a receipt: for whoever asks to be forgotten.
   * @throws InvalidInputError for an organization as a whole: that is `offboard`; OrganizationNotFoundError; StoreError
   * when something is left, and then a second call goes on
   */
  async forget(options: CallOptions = {}): Promise<ErasureReceipt> {
    this.#guard.assertOpen();
    const call = parseOptions(readOnce(options, "options"), callOptions);
    this.#assertNarrow();
    return this.#engine.eraser.forget(this.#scope, call);
  }

  /** What `forget` would delete. @throws as `forget` */
  async planForget(options: CallOptions = {}): Promise<ErasurePlan> {
    this.#guard.assertOpen();
    const call = parseOptions(readOnce(options, "options"), callOptions);
    this.#assertNarrow();
    return this.#engine.eraser.plan(this.#scope, call);
  }

  /**
   * Everything at this scope and below it, with history and vectors, as a dump: for whoever asks what is known about
   * them. It is read page by page while the stream is; what is written meanwhile may be in it or not.
   * @throws InvalidInputError
   */
  async export(options: ExportOptions = {}): Promise<ReadableStream<Uint8Array>> {
    this.#guard.assertOpen();
    const parsed = parseOptions(readOnce(options, "options"), exportOptions);
    return exportDump(this.#guard, this.#scope, "scope", parsed);
  }

  /** How a memory came to say what it says, oldest first; empty when this scope sees none of this id. */
  async history(id: string, options: CallOptions = {}): Promise<readonly HistoryEntry[]> {
    this.#guard.assertOpen();
    const checked = parseId(id);
    const parsed = parseOptions(readOnce(options, "options"), callOptions);
    return this.#guard.read<readonly HistoryEntry[]>(
      "history",
      this.#scope,
      parsed,
      (context) => history(context, checked),
      () => [],
    );
  }

  #get(
    name: "get" | "getMany",
    ids: readonly string[],
    parsed: ParsedOptions,
  ): Promise<readonly (MemoryItem | null)[]> {
    return this.#guard.read<readonly (MemoryItem | null)[]>(
      name,
      this.#scope,
      parsed,
      (context) => get(context, ids, parsed),
      () => ids.map(() => null),
    );
  }

  #update(
    name: "update" | "updateMany",
    updates: readonly ParsedUpdate[],
    options: CallOptions,
  ): Promise<readonly WriteResult[]> {
    const parsed = parseOptions(readOnce(options, "options"), callOptions);
    return this.#guard.change<readonly WriteResult[]>(
      name,
      this.#scope,
      parsed,
      (context) => update(context, updates),
      () => {
        throw notFound(updates.map(({ id }) => id));
      },
    );
  }

  #delete(
    name: "delete" | "deleteMany",
    ids: readonly string[],
    options: CallOptions,
  ): Promise<DeleteResult> {
    const parsed = parseOptions(readOnce(options, "options"), callOptions);
    return this.#guard.change<DeleteResult>(
      name,
      this.#scope,
      parsed,
      (context) => remove(context, ids),
      () => nothingDeleted,
    );
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

function noLanguageModel(what: string): InvalidInputError {
  return new InvalidInputError(
    `${what} needs a language model: give one to new Memory({ languageModel }), such as ollama("qwen3") of @loci/ollama.`,
    { path: "languageModel" },
  );
}

function parseUpdates(input: unknown): readonly ParsedUpdate[] {
  if (!Array.isArray(input) || input.length === 0 || input.length > 1000) {
    throw new InvalidInputError("updates must be a list of 1 to 1000 changes.", { path: "updates" });
  }
  return Array.from(input, (item, index) =>
    parseUpdate(asPatch(item, `updates[${index}]`), `updates[${index}]`),
  );
}

function parseUpdate(input: object, path: string): ParsedUpdate {
  const fields = readFields(input, ["id", ...changeNames], path);
  const id = parseId(fields.get("id"), path === "patch" ? "id" : `${path}.id`);
  fields.delete("id");
  if (fields.size === 0) {
    throw new InvalidInputError(`${path} changes nothing: give text, metadata or expiresAt.`, { path });
  }
  return { id, changes: parseOptions(fields, changeNames) };
}

function asPatch(value: unknown, path: string): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new InvalidInputError(`${path} must be an object with text, metadata or expiresAt.`, { path });
}
