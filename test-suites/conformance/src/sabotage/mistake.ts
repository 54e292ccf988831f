import type { VectorStore } from "@loci/core";
import type { Namespace, NamespaceKey } from "@loci/core/store";

/** One mistake of a store: what it does in place of a right one. What is left out stays right. */
export interface Mistake {
  readonly calls?: WrongCalls;
  readonly open?: (request: OpenRequest, right: Right) => Promise<Namespace>;
  readonly drop?: (request: DropRequest, right: Right) => Promise<DropReport>;
}

/** What becomes of a call, by its name. */
export type WrongCalls = { readonly [O in Operation]?: (call: Call<O>) => Promise<AnswerOf<O>> };

/** The calls of a namespace. */
interface Calls extends Pick<Namespace, "upsert" | "search" | "get" | "list" | "delete" | "count"> {
  readonly searchText: NonNullable<Namespace["searchText"]>;
}
export type Operation = keyof Calls;
export type RequestOf<O extends Operation> = Parameters<Calls[O]>[0];
export type AnswerOf<O extends Operation> = Awaited<ReturnType<Calls[O]>>;
type OpenRequest = Parameters<VectorStore["open"]>[0];
type DropRequest = Parameters<VectorStore["drop"]>[0];
type DropReport = Awaited<ReturnType<VectorStore["drop"]>>;

/** A call of a namespace, and what a mistake may depend on. */
export interface Call<O extends Operation = Operation> {
  readonly operation: O;
  readonly request: RequestOf<O>;
  readonly key: NamespaceKey;
  /** The right namespace. */
  readonly namespace: Namespace;
  /** The right answer, to this request or to another one. */
  answer(request?: RequestOf<O>): Promise<AnswerOf<O>>;
  /** How often this process had opened the namespace when it got this handle. */
  readonly opens: number;
  /** How many calls of this process are running, this one included. */
  readonly running: number;
  /** How many calls the handle has had, this one included. */
  readonly calls: number;
  /** Whether this process opened its store beside another one. */
  readonly isSecond: boolean;
  /** What the handle keeps between calls, by names of the mistake's own. */
  readonly handle: Map<string, unknown>;
  /** What the store keeps between calls. */
  readonly process: Map<string, unknown>;
}

/** The right store, for a mistake in opening and dropping. */
interface Right {
  readonly store: VectorStore;
  readonly process: Map<string, unknown>;
}
