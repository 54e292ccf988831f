import type { Namespace, VectorRecord, VectorStore } from "@loci/core/store";
import type { GetQuery, ListQuery, UpsertRequest, VectorQuery } from "./contract.ts";
import { type NamedSaboteur, wrong } from "./named-saboteur.ts";
import { RightStore, type Row, type Space } from "./right-store.ts";

/** Others get their turn. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Stores that are right while one call runs at a time. */
export const meetingCallSaboteurs: readonly NamedSaboteur[] = [
  wrong(
    "creates-in-two-steps-now-and-then",
    "A creator in twelve looks first and creates in the next turn, so that a second one replaces what the first has made.",
    "namespaces-begin-and-end-once",
    class extends RightStore {
      #creations = 0;
      override async open(request: Parameters<VectorStore["open"]>[0]): Promise<Namespace> {
        const { key, create } = request;
        if (!create || this.spaces.has(key)) return super.open(request);
        this.#creations += 1;
        if (this.#creations % 12 !== 0) return super.open(request);
        this.checkKey(key);
        await pause();
        const space = {
          key,
          manifest: structuredClone(create),
          records: new Map(),
          written: 0,
          dropped: false,
        };
        this.spaces.set(key, space);
        return this.handle(space, create);
      }
    },
  ),
  wrong(
    "loads-ids-together",
    "Ids that are asked for at the same time are asked for by one query, with the reach of the first who asked.",
    "handles-stay-right-however-used",
    class extends RightStore {
      readonly #waiting = new Map<Space, GetQuery[]>();
      override async get(space: Space, query: GetQuery) {
        query.signal?.throwIfAborted();
        this.checkReach(query.scope);
        const waiting = this.#waiting.get(space) ?? [];
        this.#waiting.set(space, waiting);
        waiting.push(query);
        await Promise.resolve();
        this.#waiting.delete(space);
        const [first = query] = waiting;
        const found = await super.get(space, {
          ...first,
          ids: waiting.flatMap(({ ids }) => ids),
          vectors: true,
        });
        return found
          .filter(({ id }) => query.ids.includes(id))
          .map(({ vector, ...rest }) => (query.vectors && vector ? { ...rest, vector } : rest));
      }
    },
  ),
  wrong(
    "lists-by-a-shared-condition",
    "A listing keeps what it asks for on the store while it waits.",
    "concurrent-calls-keep-their-namespace",
    class extends RightStore {
      #asked: ListQuery | undefined;
      override async list(space: Space, query: ListQuery) {
        this.checkReach(query.scope);
        query.signal?.throwIfAborted();
        this.#asked = query;
        await pause();
        return super.list(space, this.#asked);
      }
    },
  ),
  wrong(
    "searches-by-a-shared-vector",
    "A search keeps its vector in a buffer of the store while it waits.",
    "reads-answer-the-reference",
    class extends RightStore {
      #buffer: Float32Array = new Float32Array(0);
      override async search(space: Space, query: VectorQuery) {
        query.signal?.throwIfAborted();
        this.#buffer = query.vector;
        await pause();
        return super.search(space, { ...query, vector: this.#buffer });
      }
    },
  ),
  wrong(
    "writes-from-a-shared-buffer",
    "A write collects its records in a buffer of the store, which the next write empties while this one waits.",
    "concurrent-calls-keep-their-namespace",
    class extends RightStore {
      #buffer: readonly VectorRecord[] = [];
      override async upsert(space: Space, request: UpsertRequest) {
        request.signal?.throwIfAborted();
        this.live(space);
        this.#buffer = request.records;
        await Promise.resolve();
        return super.upsert(space, { ...request, records: this.#buffer });
      }
    },
  ),
  wrong(
    "refuses-the-forty-first",
    "Forty calls wait in a queue, and whoever comes then finds nothing.",
    "handles-stay-right-however-used",
    class extends RightStore {
      #waiting = 0;
      override async search(space: Space, query: VectorQuery) {
        this.#waiting += 1;
        try {
          await pause();
          return this.#waiting > 40 ? [] : await super.search(space, query);
        } finally {
          this.#waiting -= 1;
        }
      }
    },
  ),
  wrong(
    "reads-in-two-steps",
    "A listing finds ids first and reads the records of these ids a moment later, whoever they belong to by then.",
    "upserts-of-one-record-make-one",
    class extends RightStore {
      override async list(space: Space, query: ListQuery) {
        const page = await super.list(space, query);
        await pause();
        query.signal?.throwIfAborted();
        const now = this.live(space).records;
        const rows = page.records.map((record) => now.get(this.identify(record)));
        return {
          ...page,
          records: rows.map((row) => this.stored((row ?? {}) as Row, space, query.scope, query.vectors)),
        };
      }
    },
  ),
];
