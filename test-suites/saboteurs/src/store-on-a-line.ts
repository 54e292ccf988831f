import type { FailingBackend } from "@loci/conformance";
import { ClosedError, LociError, PartialWriteError, StoreError } from "@loci/core";
import {
  answerWithin,
  type NamespaceKey,
  type ScoredRecord,
  type StoredRecord,
  type TextQuery,
  type VectorRecord,
  type VectorStore,
} from "@loci/core/store";
import type {
  DeleteRequest,
  DropReport,
  GetQuery,
  ListQuery,
  Page,
  Query,
  UpsertRequest,
  VectorQuery,
} from "./contract.ts";
import { type Arrived, FakeLine, LineError } from "./fake-line.ts";
import { type Operation, RightStore, type Space } from "./right-store.ts";

/** What a store asks its backend for. */
export type Asked = Operation | "open" | "upsert" | "drop";

/** The milliseconds that an answer may take, and the records that one request writes. */
const timeLimit = 60;
const batchSize = 2;

/** The right store at the end of a line. What it makes of a line that fails are decisions, each a method. */
export class StoreOnALine extends RightStore {
  readonly line: FakeLine = new FakeLine();
  readonly running: Set<Promise<unknown>> = new Set();
  isClosed = false;

  /** Makes one request, in time. */
  async ask<T>(asked: Asked, key: NamespaceKey, work: () => Promise<T>): Promise<T> {
    if (this.isClosed) throw new ClosedError("The store was closed.");
    const call = this.request(asked, key, work);
    this.running.add(call);
    try {
      return (await call) as T;
    } finally {
      this.running.delete(call);
    }
  }

  async request(asked: Asked, key: NamespaceKey, work: () => Promise<unknown>): Promise<unknown> {
    try {
      const { signal } = new AbortController();
      return this.read(await answerWithin(timeLimit, signal, () => this.line.send(work)), asked);
    } catch (error) {
      throw this.named(error, key);
    }
  }

  /** What an answer says. */
  read(arrived: Arrived, _asked: Asked): unknown {
    if (arrived.kind === "whole") return arrived.value;
    const why = arrived.kind === "cut" ? "The answer was cut." : "What answers is not the backend.";
    throw this.failure(why, arrived.kind === "cut");
  }

  /** The error that a caller gets. */
  named(error: unknown, _key: NamespaceKey): unknown {
    if (LociError.isInstance(error)) return error;
    if (error instanceof LineError || (error as Error).name === "TimeoutError")
      return this.failure(`The backend does not answer: ${(error as Error).message}`, true);
    return error;
  }

  failure(message: string, retryable: boolean): StoreError {
    return new StoreError(message, { store: this.name }, { retryable });
  }

  override open(request: Parameters<VectorStore["open"]>[0]): ReturnType<VectorStore["open"]> {
    return this.ask("open", request.key, () => super.open(request));
  }

  override async upsert(space: Space, { records }: UpsertRequest): Promise<readonly VectorRecord[]> {
    const conflicts: VectorRecord[] = [];
    for (let at = 0; at < records.length; at += batchSize) {
      const some = records.slice(at, at + batchSize);
      try {
        conflicts.push(...(await this.writeSome(space, some)));
      } catch (error) {
        if (at === 0) throw error;
        return this.partial(records, at, error);
      }
    }
    return conflicts;
  }

  /** Writes what one request takes. */
  writeSome(space: Space, records: readonly VectorRecord[]): Promise<readonly VectorRecord[]> {
    return this.ask("upsert", space.key, () => super.upsert(space, { records }));
  }

  /** Some were stored, and then it failed. */
  partial(records: readonly VectorRecord[], stored: number, cause: unknown): readonly VectorRecord[] {
    const ids = records.map(({ id }) => id);
    const fields = { stored: ids.slice(0, stored), failed: ids.slice(stored) };
    const retryable = LociError.isInstance(cause) && cause.retryable;
    throw new PartialWriteError("Some were stored.", fields, { cause, retryable });
  }

  override search(space: Space, query: VectorQuery): Promise<readonly ScoredRecord[]> {
    return this.ask("search", space.key, () => super.search(space, query));
  }

  override searchText(space: Space, query: TextQuery): Promise<readonly ScoredRecord[]> {
    return this.ask("searchText", space.key, () => super.searchText(space, query));
  }

  override get(space: Space, query: GetQuery): Promise<readonly StoredRecord[]> {
    return this.ask("get", space.key, () => super.get(space, query));
  }

  override list(space: Space, query: ListQuery): Promise<Page> {
    return this.ask("list", space.key, () => super.list(space, query));
  }

  override delete(space: Space, request: DeleteRequest): Promise<number> {
    return this.ask("delete", space.key, () => super.delete(space, request));
  }

  override count(space: Space, query: Query): Promise<number> {
    return this.ask("count", space.key, () => super.count(space, query));
  }

  override drop(request: Parameters<VectorStore["drop"]>[0]): Promise<DropReport> {
    return this.ask("drop", request.key, () => super.drop(request));
  }

  override async close(): Promise<void> {
    this.isClosed = true;
    await Promise.allSettled(this.running);
  }
}

/** The backend of such a store, as a harness offers it. */
export async function failingLine(Store: new () => StoreOnALine = StoreOnALine): Promise<FailingBackend> {
  const store = new Store();
  const witness = new RightStore(store.spaces);
  return { store, witness, faults: store.line.faults, dispose: () => witness.close() };
}
