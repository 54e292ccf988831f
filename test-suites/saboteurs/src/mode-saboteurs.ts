/** Stores that are right in most modes of a call, and wrong in one. */
import type { Filter, ScoredRecord } from "@loci/core/store";
import { noExpiry } from "@loci/core/store";
import type { DeleteRequest, GetQuery, Query, UpsertRequest, VectorQuery } from "./contract.ts";
import { forgets } from "./forgetful-store.ts";
import { wrong } from "./named-saboteur.ts";
import { type Operation, RightStore, type Row, type Space } from "./right-store.ts";
import type { Saboteur } from "./saboteur.ts";
import { store } from "./saboteur.ts";

/** Sees some records whoever they belong to. */
function shows(what: (row: Row) => boolean): new () => RightStore {
  return class extends RightStore {
    override admits(record: Row, query: Query, operation: Operation) {
      const isShown = operation !== "delete" && what(record);
      return (
        super.admits(record, query, operation) ||
        (isShown && (!query.filter || this.matches(record, query.filter)))
      );
    }
  };
}

const has = (filter: Filter | undefined, type: Filter["type"]): boolean =>
  filter !== undefined &&
  (filter.type === type ||
    ((filter.type === "and" || filter.type === "or") && filter.filters.some((one) => has(one, type))));
const soon = (milliseconds = 0) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export const modeSaboteurs: readonly Saboteur[] = [
  store(
    "forgets-reach-after-three-opens",
    "From the third open on, ids are read without the scope.",
    class extends RightStore {
      readonly #opens = new Map<string, number>();
      override async open(request: Parameters<RightStore["open"]>[0]) {
        const opens = (this.#opens.get(request.key) ?? 0) + 1;
        this.#opens.set(request.key, opens);
        const namespace = await super.open(request);
        if (opens < 3) return namespace;
        const space = this.spaces.get(request.key) as Space;
        return {
          ...namespace,
          get: async ({ ids, vectors, scope }: GetQuery) => {
            this.checkReach(scope);
            return [...this.live(space).records.values()]
              .filter(({ id }) => ids.includes(id))
              .map((row) => this.stored(row, space, scope, vectors));
          },
        };
      }
    },
  ),
  store(
    "forgets-reach-with-a-signal",
    "With a signal another function of the client is called, without the scope.",
    forgets("scope", ({ signal }, operation) => operation === "search" && signal !== undefined),
  ),
  store(
    "forgets-filters-with-a-signal",
    "Counting with a signal forgets the filter.",
    forgets("filter", ({ signal }, operation) => operation === "count" && signal !== undefined),
  ),
  store(
    "keeps-an-aborted-answer",
    "What an aborted search has found is given to the next one.",
    class extends RightStore {
      #left: readonly ScoredRecord[] | undefined;
      override async search(space: Space, query: VectorQuery) {
        const left = this.#left;
        this.#left = undefined;
        const hits = await super.search(space, query);
        if (left) return left.slice(0, query.limit);
        if (!query.signal) return hits;
        await soon(3);
        if (query.signal.aborted) this.#left = hits;
        query.signal.throwIfAborted();
        return hits;
      }
    },
  ),
  store(
    "forgets-reach-of-han",
    "Words in Han go to another index, which knows no scope.",
    forgets("scope", ({ terms }) => terms?.some((term) => /\p{Script=Han}/u.test(term)) ?? false),
  ),
  store(
    "shows-what-expires",
    "Records that expire lie in a table of their own, which is read without users.",
    shows(({ fields }) => fields.$expiresAt !== noExpiry),
  ),
  store(
    "shows-what-was-closed",
    "Records that were closed lie in an archive that all users share.",
    shows(({ fields }) => fields.$validTo !== noExpiry),
  ),
  store(
    "shows-what-is-old",
    "Records from before 1970 belong to everybody.",
    shows(({ fields }) => fields.$createdAt < 0),
  ),
  store(
    "leaves-out-core-times",
    "A filter on a field that begins with a dollar sign is left out.",
    class extends RightStore {
      override matches(record: Row, filter: Filter): boolean {
        if (filter.type === "and") return filter.filters.every((part) => this.matches(record, part));
        if (filter.type === "or") return filter.filters.some((part) => this.matches(record, part));
        return filter.field.startsWith("$") || super.matches(record, filter);
      }
    },
  ),
  ...(["or", "and", "range"] as const).map((type) =>
    store(
      `counts-without-${type}`,
      `Counting ignores a filter with ${type} in it.`,
      forgets("filter", ({ filter }, operation) => operation === "count" && has(filter, type)),
    ),
  ),
  store(
    "deletes-ranges-whole",
    "Deleting by a range takes the whole scope.",
    forgets("filter", ({ filter }, operation) => operation === "delete" && filter?.type === "range"),
  ),
  store(
    "shares-many-searches",
    "More than nine searches at once share an answer.",
    class extends RightStore {
      #running = 0;
      #shared: Promise<readonly ScoredRecord[]> | undefined;
      override async search(space: Space, query: VectorQuery) {
        this.#running += 1;
        const own = soon().then(() => super.search(space, query));
        if (this.#running > 9) this.#shared ??= own;
        const answer = await (this.#running > 9 ? (this.#shared ?? own) : own).finally(() => {
          this.#running -= 1;
          if (this.#running === 0) this.#shared = undefined;
        });
        return answer;
      }
    },
  ),
  store(
    "counts-by-a-shared-condition",
    "A count keeps its condition on the handle while it waits.",
    class extends RightStore {
      #condition: Query | undefined;
      override async count(space: Space, query: Query) {
        this.checkReach(query.scope);
        this.#condition = query;
        await soon();
        return super.count(space, this.#condition);
      }
    },
  ),
  store(
    "deletes-by-a-shared-condition",
    "A deletion keeps its condition on the handle while it waits.",
    class extends RightStore {
      #condition: DeleteRequest | undefined;
      override async delete(space: Space, request: DeleteRequest) {
        this.checkReach(request.scope);
        this.#condition = request;
        await soon();
        return super.delete(space, this.#condition);
      }
    },
  ),
  store(
    "stores-what-was-aborted",
    "A write does not look at its signal once it runs, and answers as if nothing had happened.",
    class extends RightStore {
      override async upsert(space: Space, { records, signal }: UpsertRequest) {
        signal?.throwIfAborted();
        await soon(5);
        return super.upsert(space, { records });
      }
    },
    "core",
  ),
  wrong(
    "shows-what-begins-later",
    "Records of the future wait in a queue, which is read without users.",
    "reads-answer-the-reference",
    shows(({ fields }) => fields.$validFrom > 1_700_000_000_000),
  ),
  wrong(
    "aborts-with-its-neighbours",
    "Searches that run at once share a request, which ends for all when one is aborted.",
    "reads-answer-the-reference",
    class extends RightStore {
      #shared: { readonly signals: (AbortSignal | undefined)[] } | undefined;
      override async search(space: Space, query: VectorQuery) {
        query.signal?.throwIfAborted();
        const shared = this.#shared ?? { signals: [] };
        this.#shared = shared;
        shared.signals.push(query.signal);
        await soon(2);
        this.#shared = undefined;
        for (const signal of shared.signals) signal?.throwIfAborted();
        return super.search(space, query);
      }
    },
  ),
];
