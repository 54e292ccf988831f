import { surfaceText } from "@loci/conformance";
import {
  type Fields,
  type Filter,
  type Manifest,
  matchesFilter,
  type Namespace,
  type NamespaceKey,
  NamespaceNotFoundError,
  type ScopeFilter,
  type TextQuery,
  type VectorRecord,
  type VectorStore,
} from "@loci/core/store";
import type { DropReport, ListQuery, Page, UpsertRequest } from "./contract.ts";
import { RightStore, type Row, type Space } from "./right-store.ts";
import type { Saboteur } from "./saboteur.ts";

/** A saboteur, and the case that is about its bug. */
export interface ValueSaboteur extends Saboteur {
  readonly killer: string;
}

function wrong(
  id: string,
  bug: string,
  killer: string,
  Store: new () => RightStore,
  level: Saboteur["level"] = "isolation",
): ValueSaboteur {
  return { id, bug, killer, layer: "store", level, makeStore: () => new Store() };
}

const stale = "open-handles-see-what-others-change";
const ended = "handles-end-with-their-namespace";
const whole = "values-come-back-whole";
const compared = "values-compare-as-they-are";
const replaced = "replaced-records-keep-nothing";
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

/** Changes what is written. */
function writes(
  change: (record: VectorRecord, before: Row | undefined) => VectorRecord,
): new () => RightStore {
  return class extends RightStore {
    override write(space: Space, record: VectorRecord, before: Row | undefined) {
      super.write(space, change(record, before), before);
    }
  };
}

/** Changes each value of a record's fields. */
function writesValues(change: (value: string | number | boolean) => string | number | boolean) {
  return writes((record) => {
    const fields = Object.entries(record.fields).map(([name, value]) => [
      name,
      name.startsWith("$") ? value : typeof value === "object" ? value.map(change) : change(value),
    ]);
    return { ...record, fields: Object.fromEntries(fields) as Fields };
  });
}

/** Compares other fields than those that are stored. */
function compares(
  change: (fields: Fields) => Fields,
  filterOf = (filter: Filter) => filter,
): new () => RightStore {
  return class extends RightStore {
    override matches(record: Row, filter: Filter): boolean {
      return matchesFilter(change(record.fields), filterOf(filter));
    }
  };
}

const inSinglePrecision = (value: number) => Math.fround(value);
const entriesOf = (fields: Fields, entries: readonly (readonly [string, Fields[string]])[]) =>
  ({
    ...Object.fromEntries(Object.entries(fields).filter(([name]) => name.startsWith("$"))),
    ...Object.fromEntries(entries),
  }) as Fields;
const ownFields = (fields: Fields) => Object.entries(fields).filter(([name]) => !name.startsWith("$"));

/** Tells more than it should in its errors. */
function tellsInErrors(more: (spaces: ReadonlyMap<string, Space>) => string): new () => RightStore {
  return class extends RightStore {
    override notFound(key: NamespaceKey): Error {
      const message = `There is no namespace ${key}; ${more(this.spaces)}.`;
      return new NamespaceNotFoundError(message, { namespace: key });
    }
  };
}

/** Stores that are wrong about other processes, timing, values, vectors, names, erasure, and what they tell of neighbours. */
export const valueSaboteurs: readonly ValueSaboteur[] = [
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
    "takes-vectors-by-id",
    "Vectors are joined to records by id, so that one owner gets another's.",
    "vectors-belong-to-their-record",
    class extends RightStore {
      override stored(row: Row, space: Space, within: ScopeFilter, vectors = false) {
        const [first] = [...space.records.values()].filter(({ id, vector }) => id === row.id && vector);
        const vector = first?.vector;
        return super.stored({ ...row, ...(vector ? { vector } : {}) }, space, within, vectors);
      }
    },
  ),
  wrong(
    "clamps-cosines",
    "What points away from the query scores 0.",
    "vectors-compare-as-they-are",
    class extends RightStore {
      override cosine(a: Float32Array, b: Float32Array) {
        return Math.max(0, super.cosine(a, b));
      }
    },
    "core",
  ),
  wrong(
    "stores-zeros-for-none",
    "A record without a vector is stored with one of zeros.",
    "vectors-compare-as-they-are",
    writes((record) => ({ ...record, vector: record.vector ?? new Float32Array(8) })),
    "core",
  ),
  wrong(
    "stores-single-precision",
    "Numbers are stored as Float32.",
    whole,
    writesValues((value) => (typeof value === "number" ? inSinglePrecision(value) : value)),
    "core",
  ),
  wrong(
    "compares-in-single-precision",
    "Numbers are compared as Float32.",
    compared,
    compares(
      (fields) =>
        entriesOf(
          fields,
          ownFields(fields).map(([name, value]) => [
            name,
            typeof value === "number" ? inSinglePrecision(value) : value,
          ]),
        ),
      (filter) => singlePrecision(filter),
    ),
    "core",
  ),
  wrong(
    "indexes-twenty-fields",
    "Filters know the first twenty fields of a record.",
    compared,
    compares((fields) => entriesOf(fields, ownFields(fields).slice(0, 20))),
    "core",
  ),
  wrong(
    "indexes-twenty-values",
    "Filters know the first twenty values of a list.",
    compared,
    compares((fields) =>
      entriesOf(
        fields,
        ownFields(fields).map(([name, value]) => [
          name,
          typeof value === "object" ? value.slice(0, 20) : value,
        ]),
      ),
    ),
    "core",
  ),
  wrong(
    "ends-texts-at-nul",
    "Texts end at their first NUL.",
    whole,
    writesValues((value) => (typeof value === "string" ? (value.split("\u0000")[0] ?? "") : value)),
    "core",
  ),
  wrong(
    "composes-texts",
    "Texts are stored in their composed form.",
    whole,
    writesValues((value) => (typeof value === "string" ? value.normalize("NFC") : value)),
    "core",
  ),
  wrong(
    "cuts-values",
    "Texts are cut after 4,000 characters.",
    whole,
    writesValues((value) => (typeof value === "string" ? value.slice(0, 4000) : value)),
    "core",
  ),
  wrong(
    "cuts-payloads",
    "Payloads are cut after 100,001 characters.",
    whole,
    writes((record) => ({ ...record, payload: record.payload.slice(0, 100_001) })),
    "core",
  ),
  wrong(
    "loses-names-of-prototypes",
    "A field that every object has, such as toString, is taken for one of those.",
    whole,
    writes((record) => ({
      ...record,
      fields: Object.fromEntries(Object.entries(record.fields).filter(([name]) => !(name in {}))) as Fields,
    })),
    "core",
  ),
  wrong(
    "begins-in-1970",
    "Moments before 1970 are stored as its first.",
    whole,
    writes((record) => ({
      ...record,
      fields: Object.fromEntries(
        Object.entries(record.fields).map(([name, value]) => [
          name,
          name.startsWith("$") ? Math.max(0, Number(value)) : value,
        ]),
      ) as Fields,
    })),
    "core",
  ),
  wrong(
    "merges-fields",
    "A record that is replaced keeps the fields that the new one does not have.",
    replaced,
    writes((record, before) => ({ ...record, fields: { ...before?.fields, ...record.fields } })),
    "core",
  ),
  wrong(
    "keeps-old-vectors",
    "A record that is replaced by one without a vector keeps its own.",
    replaced,
    writes((record, before) => ({ ...(before?.vector ? { vector: before.vector } : {}), ...record })),
    "core",
  ),
  wrong(
    "keeps-old-words",
    "A record that is replaced is found by its old words as well.",
    replaced,
    writes((record, before) => ({
      ...record,
      keywords: { ...record.keywords, own: [...record.keywords.own, ...(before?.keywords.own ?? [])] },
    })),
    "core",
  ),
  wrong(
    "cuts-keys",
    "Names of namespaces are cut to 8 characters.",
    "keys-are-compared-whole",
    class extends RightStore {
      override place(key: NamespaceKey) {
        return key.slice(0, 8);
      }
    },
  ),
  wrong(
    "cuts-the-last-letter-of-keys",
    "Names of namespaces are cut to 54 characters.",
    "keys-are-compared-whole",
    class extends RightStore {
      override place(key: NamespaceKey) {
        return key.slice(0, 54);
      }
    },
  ),
  wrong(
    "leaves-out-a-letter-of-keys",
    "A folder for each two letters of a name leaves out one of them.",
    "keys-are-compared-whole",
    class extends RightStore {
      override place(key: NamespaceKey) {
        return `${key.slice(0, 29)}/${key.slice(30)}`;
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
  wrong(
    "names-neighbours-in-errors",
    "An error lists the namespaces that there are.",
    "nothing-told-names-neighbours",
    tellsInErrors((spaces) => `there are ${[...spaces.keys()].join(", ")}`),
  ),
  wrong(
    "names-owners-in-errors",
    "An error says whose namespaces there are.",
    "nothing-told-names-neighbours",
    tellsInErrors(
      (spaces) =>
        `those of ${[...spaces.values()].map(({ manifest }) => manifest.orgId).join(", ")} are there`,
    ),
  ),
  wrong(
    "counts-neighbours-in-errors",
    "An error says how many namespaces there are.",
    "nothing-told-counts-neighbours",
    tellsInErrors((spaces) => `there are ${spaces.size}`),
  ),
  wrong(
    "counts-everybody-in-cursors",
    "A cursor holds how many records there are in all namespaces.",
    "nothing-told-counts-neighbours",
    class extends RightStore {
      override async list(space: Space, query: ListQuery): Promise<Page> {
        const { cursor, ...rest } = query;
        const given = cursor === undefined ? {} : { cursor: cursor.split(" of ")[0] ?? "" };
        const page = await super.list(space, { ...rest, ...given });
        const all = [...this.spaces.values()].reduce((sum, { records }) => sum + records.size, 0);
        return page.cursor === undefined ? page : { ...page, cursor: `${page.cursor} of ${all}` };
      }
    },
  ),
  wrong(
    "counts-versions-of-everybody",
    "Versions are counted over all namespaces.",
    "nothing-told-counts-neighbours",
    class extends RightStore {
      override version() {
        return String([...this.spaces.values()].reduce((sum, { written }) => sum + written, 0));
      }
    },
  ),
];

function singlePrecision(filter: Filter): Filter {
  if (filter.type === "and" || filter.type === "or")
    return { ...filter, filters: filter.filters.map(singlePrecision) };
  if (filter.type === "range")
    return filter.field.startsWith("$") ? filter : { ...filter, value: inSinglePrecision(filter.value) };
  if (filter.type === "exists") return filter;
  const values = filter.values.map((value) => (typeof value === "number" ? inSinglePrecision(value) : value));
  return { ...filter, values };
}

function copyOf(space: Space): Space {
  const copy = { ...space, records: new Map(space.records) };
  Object.defineProperty(copy, "dropped", { get: () => space.dropped });
  return copy;
}

/** Cuts the words of a text query, or of a record. */
function words(
  own: (terms: readonly string[]) => readonly string[],
  asked: (terms: readonly string[]) => readonly string[],
): new () => RightStore {
  return class extends RightStore {
    override write(space: Space, record: VectorRecord, before: Row | undefined) {
      const keywords = { ...record.keywords, own: own(record.keywords.own) };
      super.write(space, { ...record, keywords }, before);
    }
    override searchText(space: Space, query: TextQuery) {
      return super.searchText(space, { ...query, terms: asked(query.terms) });
    }
  };
}

const cut = (term: string) => new TextDecoder().decode(new TextEncoder().encode(term).slice(0, 32));
const terms = "terms-are-kept-whole";

/** Those that only a case about keywords can see. */
export const wordSaboteurs: readonly ValueSaboteur[] = [
  wrong(
    "cuts-terms",
    "Terms are cut after 32 bytes.",
    terms,
    words(
      (all) => all.map(cut),
      (all) => all.map(cut),
    ),
    "core",
  ),
  wrong(
    "keeps-twenty-terms",
    "A record keeps its first twenty terms.",
    terms,
    words(
      (all) => all.slice(0, 20),
      (all) => all,
    ),
    "core",
  ),
  wrong(
    "asks-with-eight-terms",
    "A query asks with its first eight terms.",
    terms,
    words(
      (all) => all,
      (all) => all.slice(0, 8),
    ),
    "core",
  ),
];
