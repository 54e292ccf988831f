import type { ExtractedFact } from "../extraction/extractor.ts";
import type { RejectedAnswer } from "../extraction/parse-extraction.ts";
import type { TimedMessage } from "../extraction/windows.ts";
import { isLessTrusted, type Source, sourceOf } from "../input/source.ts";
import { currentRevision, type MemoryRecord } from "../records/memory-record.ts";
import { endValidity, isSaidEarlier, isValid } from "../records/validity.ts";
import type { WriteResult } from "../records/write-result.ts";
import type { ScopeKey } from "../scope/scope-filter.ts";
import { revise } from "./add.ts";

/** What a plan is made on. */
export interface FactPlanInput {
  readonly scopeKey: ScopeKey;
  /** What is stored now, by id. */
  readonly current: ReadonlyMap<string, MemoryRecord>;
  /** The memories that the model was shown, in the order of their numbers. */
  readonly known: readonly MemoryRecord[];
  /** The ids of all facts of the answer. */
  readonly asserted: ReadonlySet<string>;
  readonly inferredBy: string;
  readonly now: number;
  readonly done: Done;
}

/** What earlier attempts have done. A fact that is gone since was deleted, and stays so. */
export interface Done {
  /** By the part of the answer: two facts of the same text are one memory, and may replace two others. */
  readonly results: Map<Part, WriteResult>;
  readonly stored: Set<string>;
  readonly ended: Set<string>;
}

/** A part of an answer, by its place. */
export type Part = `fact ${number}` | `removes ${number}`;

/** What an answer changes. What it asserts holds afterwards: no part of it ends one of its own facts. */
export class FactPlan {
  /** The facts to write, by id. */
  readonly facts: Map<string, MemoryRecord> = new Map();
  /** The memories whose validity ends, by id. */
  readonly ended: Map<string, MemoryRecord> = new Map();
  readonly results: Map<Part, WriteResult> = new Map();
  readonly rejected: RejectedAnswer[] = [];
  readonly #input: FactPlanInput;

  constructor(input: FactPlanInput) {
    this.#input = input;
  }

  /** Stores a fact, and ends the memory that it replaces. */
  assert(
    part: Part,
    fact: ExtractedFact,
    message: TimedMessage,
    { id, stored, version }: { id: string; stored: MemoryRecord | undefined; version: string | undefined },
  ): void {
    const { done, now } = this.#input;
    // A message that waits to be turned into facts may be one of its own facts.
    const waiting = stored?.payload.pending ? stored : undefined;
    const before = this.facts.get(id) ?? (waiting ? undefined : stored);
    const result = done.results.get(part);
    if (!before && result) {
      this.results.set(part, result);
      return;
    }
    const memory = before
      ? revise(before, message, message, now)
      : waiting
        ? this.#settle(waiting, message)
        : this.#create(id, fact, message, version);
    const status = !before ? "added" : memory === before ? "unchanged" : "updated";
    if (memory !== stored) this.facts.set(id, memory);
    const replaced = this.#offered(fact.replaces);
    if (fact.replaces !== 0 && !replaced) this.#reject(fact.replaces, fact);
    const problem = replaced && this.#problem(replaced, sourceOf(message), message.timestamp);
    if (problem && replaced.id !== id) this.rejected.push({ reason: problem, answer: fact });
    // It held until what was said later.
    if (replaced && problem === "said-earlier" && !before)
      this.facts.set(id, endValidity(memory, replaced.payload.validFrom, replaced.id));
    if (!replaced || problem) {
      this.results.set(part, { status, id, text: fact.text });
      return;
    }
    this.facts.set(id, { ...memory, payload: { ...memory.payload, supersedes: replaced.id } });
    // When two facts replace one memory, the first becomes its successor.
    if (!this.ended.has(replaced.id))
      this.ended.set(replaced.id, endValidity(replaced, message.timestamp, id));
    this.results.set(part, { status: "superseded", id, text: fact.text, supersedes: replaced.id });
  }

  /** Ends a memory that the model was shown, without a successor. */
  close(number: number, at: number, source: Source): void {
    const removed = this.#offered(number);
    const problem = removed && this.#problem(removed, source, at);
    const part: Part = `removes ${number}`;
    const closed = this.#input.done.results.get(part);
    if (!removed && closed) this.results.set(part, closed);
    if (!removed) this.#reject(number, { removes: number });
    else if (problem) this.rejected.push({ reason: problem, answer: { removes: number } });
    else if (this.ended.has(removed.id)) this.#reject(number, { removes: number });
    else {
      this.ended.set(removed.id, endValidity(removed, at));
      const { text } = currentRevision(removed.payload);
      this.results.set(part, { status: "closed", id: removed.id, text });
    }
  }

  /** Why a memory cannot be ended by what this source says at that moment. */
  #problem(memory: MemoryRecord, source: Source, at: number): Problem | undefined {
    if (this.#input.asserted.has(memory.id)) return "asserted";
    if (isLessTrusted(source, sourceOf(memory.payload))) return "less-trusted";
    return isSaidEarlier(at, memory) ? "said-earlier" : undefined;
  }

  /** The known memory with this number, if it is valid and its text still what the model saw. */
  #offered(number: number): MemoryRecord | undefined {
    const { known, current } = this.#input;
    const offered = known[number - 1];
    const now = offered && current.get(offered.id);
    if (!now || !isValid(now.payload)) return undefined;
    return currentRevision(now.payload).text === currentRevision(offered.payload).text ? now : undefined;
  }

  /** Reports a memory that has changed, unless an earlier attempt has ended it. */
  #reject(number: number, answer: unknown): void {
    const { known, done } = this.#input;
    const id = known[number - 1]?.id ?? "";
    if (!done.ended.has(id)) this.rejected.push({ reason: "changed-meanwhile", answer });
  }

  /** A message that is a fact as it is. It keeps its history, and the messages around it name it. */
  #settle(waiting: MemoryRecord, message: TimedMessage): MemoryRecord {
    const { pending: _, ...payload } = waiting.payload;
    const source = sourceOf(message);
    const { inferredBy } = this.#input;
    return {
      ...waiting,
      payload: { ...payload, ...(source === sourceOf(payload) ? {} : { source }), inferredBy },
    };
  }

  #create(
    id: string,
    { text }: ExtractedFact,
    message: TimedMessage,
    version: string | undefined,
  ): MemoryRecord {
    const { scopeKey, inferredBy, now } = this.#input;
    const { role, name, timestamp, expiresAt, metadata } = message;
    const source = sourceOf(message);
    return {
      id,
      scopeKey,
      ...(version === undefined ? {} : { version }),
      payload: {
        version: 1,
        ...(role ? { role } : {}),
        ...(name ? { name } : {}),
        ...(source === sourceOf(role ? { role } : {}) ? {} : { source }),
        inferredBy,
        createdAt: now,
        validFrom: timestamp,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        revisions: [{ event: "added", at: now, text, metadata: metadata ?? {} }],
      },
    };
  }
}

type Problem = Extract<RejectedAnswer["reason"], "asserted" | "less-trusted" | "said-earlier">;
