import { surfaceText } from "@loci/conformance";
import type { Manifest, Namespace, VectorStore } from "@loci/core/store";
import type { DropReport, ListQuery, Page, UpsertRequest } from "./contract.ts";
import { type NamedSaboteur, wrong } from "./named-saboteur.ts";
import { RightStore, type Row, type Space } from "./right-store.ts";

const stale = "open-handles-see-what-others-change";
const ended = "handles-end-with-their-namespace";
/** Others get their turn. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Keeps the answers of one operation in a handle, until that handle writes. */
function caches(operation: "count" | "get" | "list" | "search" | "searchText"): new () => RightStore {
  return class extends RightStore {
    override handle(space: Space, claimed?: Manifest): Namespace {
      const right = super.handle(space, claimed);
      const answers = new Map<string, unknown>();
      const ask = right[operation] as (query: unknown) => Promise<unknown>;
      const cached = async (query: unknown) => {
        const name = surfaceText(query);
        if (!answers.has(name)) answers.set(name, await ask(query));
        return answers.get(name);
      };
      const fresh =
        <R, T>(write: (request: R) => Promise<T>) =>
        (request: R) => {
          answers.clear();
          return write(request);
        };
      return {
        ...right,
        [operation]: cached,
        upsert: fresh(right.upsert),
        delete: fresh(right.delete),
      } as Namespace;
    }
  };
}

/** Finds out at each call which namespace has the name, in some operations. */
function followsTheName(...operations: readonly (keyof Namespace)[]): new () => RightStore {
  return class extends RightStore {
    override handle(space: Space, claimed?: Manifest): Namespace {
      const right = super.handle(space, claimed);
      const follow = (operation: keyof Namespace) => async (request: unknown) => {
        const now = this.spaces.get(this.place(space.key)) ?? space;
        const handle = super.handle(now, claimed) as unknown as Record<string, (given: unknown) => unknown>;
        return handle[operation]?.(request);
      };
      return { ...right, ...Object.fromEntries(operations.map((one) => [one, follow(one)])) };
    }
  };
}

/** Stores that are right in one process, and wrong beside another one, or when calls meet. */
export const processSaboteurs: readonly NamedSaboteur[] = [
  wrong(
    "keeps-a-count",
    "A handle counts once, and again after it has written itself.",
    stale,
    caches("count"),
  ),
  wrong(
    "keeps-what-it-got",
    "A handle keeps the records that it got by id, until it writes itself.",
    stale,
    caches("get"),
  ),
  wrong(
    "keeps-pages",
    "A handle keeps the pages that it has listed, until it writes itself.",
    stale,
    caches("list"),
  ),
  wrong(
    "keeps-hits",
    "A handle keeps the answers to its searches, until it writes itself.",
    stale,
    caches("search"),
  ),
  wrong(
    "keeps-hits-of-words",
    "A handle keeps the answers to its text queries, until it writes itself.",
    stale,
    caches("searchText"),
  ),
  wrong(
    "reads-one-state",
    "A handle reads the state of the moment in which it was opened, or last wrote.",
    stale,
    class extends RightStore {
      readonly #states = new WeakMap<Namespace, Space>();
      override handle(space: Space, claimed?: Manifest): Namespace {
        let state = copyOf(space);
        const fresh = <T>(write: Promise<T>) => write.finally(() => (state = copyOf(space)));
        const right = super.handle(space, claimed);
        const handle: Namespace = {
          ...right,
          search: async (query) => this.search(state, query),
          searchText: async (query) => this.searchText(state, query),
          get: async (query) => this.get(state, query),
          list: async (query) => this.list(state, query),
          count: async (query) => this.count(state, query),
          upsert: (request) => fresh(right.upsert(request)),
          delete: (request) => fresh(right.delete(request)),
        };
        this.#states.set(handle, state);
        return handle;
      }
    },
  ),
  wrong(
    "looks-before-it-creates",
    "A namespace is looked for first and created a moment later, so that a second creator replaces what the first has made.",
    "namespaces-begin-and-end-once",
    class extends RightStore {
      override async open(request: Parameters<VectorStore["open"]>[0]): Promise<Namespace> {
        const { create } = request;
        if (!create || this.spaces.has(this.place(request.key))) return super.open(request);
        await pause();
        const manifest = structuredClone(create);
        const space = { key: request.key, manifest, records: new Map(), written: 0, dropped: false };
        this.spaces.set(this.place(request.key), space);
        return this.handle(space, create);
      }
    },
  ),
  wrong(
    "misses-drops-of-others",
    "A handle that was open goes on reading what another process has dropped.",
    ended,
    class extends RightStore {
      readonly #dropped = new Set<Space>();
      override live(space: Space): Space {
        if (this.#dropped.has(space)) throw this.notFound(space.key);
        return space;
      }
      override async drop(request: Parameters<VectorStore["drop"]>[0]): Promise<DropReport> {
        const space = this.spaces.get(this.place(request.key));
        if (space) this.#dropped.add(space);
        return super.drop(request);
      }
    },
  ),
  wrong(
    "makes-two-rows",
    "Two upserts of one record at once make two rows, and a deletion by id takes the first of them.",
    "upserts-of-one-record-make-one",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        const found = request.records.map((record) => space.records.has(this.identify(record)));
        await pause();
        for (const [index, record] of request.records.entries()) {
          const identity = this.identify(record);
          if (found[index] || record.expected || !space.records.has(identity)) continue;
          const row = this.live(space).records.get(identity) as Row;
          space.records.set(`${identity} again ${space.written}`, row);
        }
        return super.upsert(space, request);
      }
    },
  ),
  wrong(
    "leaves-a-gap",
    "A record is replaced by deleting it and writing it a moment later.",
    "upserts-of-one-record-make-one",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        const plain = request.records.filter(({ expected }) => expected === undefined);
        for (const record of plain) space.records.delete(this.identify(record));
        if (plain.length > 0) await pause();
        return super.upsert(space, request);
      }
    },
  ),
  wrong(
    "follows-the-name",
    "A handle of what was dropped works on what was made under its name since.",
    ended,
    followsTheName("list", "search", "searchText", "get", "count", "upsert", "delete"),
  ),
  wrong(
    "writes-follow-the-name",
    "A late write goes to whatever has the name now.",
    ended,
    followsTheName("upsert"),
  ),
  wrong(
    "deletions-follow-the-name",
    "A late deletion goes to whatever has the name now.",
    ended,
    followsTheName("delete"),
  ),
  wrong(
    "pages-after-the-drop",
    "A cursor still reads after the drop.",
    ended,
    class extends RightStore {
      override async list(space: Space, query: ListQuery): Promise<Page> {
        return super.list(query.cursor === undefined ? space : { ...space, dropped: false }, query);
      }
    },
  ),
  wrong(
    "swallows-failed-drops",
    "A drop that was ended half-way is reported as done.",
    "aborted-drops-can-be-finished",
    class extends RightStore {
      override async drop(request: Parameters<VectorStore["drop"]>[0]): Promise<DropReport> {
        const there = this.spaces.has(this.place(request.key));
        try {
          await pause();
          return await super.drop(request);
        } catch (error) {
          if (request.signal?.aborted && !there) throw error;
          return { dropped: there, residue: [] };
        }
      }
    },
  ),
];

function copyOf(space: Space): Space {
  const copy = { ...space, records: new Map(space.records) };
  Object.defineProperty(copy, "dropped", { get: () => space.dropped });
  return copy;
}
