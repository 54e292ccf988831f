import type { Manifest, Namespace, NamespaceKey, ScopeFilter, VectorStore } from "@loci/core/store";
import type { GetQuery, Query, UpsertRequest } from "./contract.ts";
import { glob } from "./patterns.ts";
import { RightStore, type Row, type Space } from "./right-store.ts";
import { type Saboteur, store } from "./saboteur.ts";

/** Stores that take one namespace for another, or keep one too long. */
export const namespaceSaboteurs: readonly Saboteur[] = [
  store(
    "takes-any-key",
    "Any name opens a namespace, with a star for the rest of it.",
    class extends RightStore {
      override checkKey() {}
      override place(key: NamespaceKey) {
        return [...this.spaces.keys()].find((known) => glob(key.toLowerCase()).test(known)) ?? key;
      }
    },
  ),
  store(
    "steals-ids-everywhere",
    "An id is unique in the whole store, so that writing it removes the record of another organization.",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        for (const other of this.spaces.values()) {
          if (other !== space)
            for (const record of request.records) other.records.delete(this.identify(record));
        }
        return super.upsert(space, request);
      }
    },
  ),
  store(
    "finds-ids-everywhere",
    "Getting by id looks through the whole store.",
    class extends RightStore {
      override async get(_: Space, { ids, scope }: GetQuery) {
        return [...this.spaces.values()].flatMap((space) =>
          this.visible(space, { scope }, "get")
            .filter(({ id }) => ids.includes(id))
            .map((record) => this.stored(record, space, scope)),
        );
      }
    },
  ),
  store(
    "truncates-namespaces",
    "The name of a namespace is cut, so that two organizations share one.",
    class extends RightStore {
      override place(key: NamespaceKey) {
        return key.slice(0, 4);
      }
    },
  ),
  store(
    "drops-by-prefix",
    "Dropping a namespace drops every one whose name begins alike.",
    class extends RightStore {
      override async drop({ key }: Parameters<VectorStore["drop"]>[0]) {
        const report = await super.drop({ key });
        for (const other of [...this.spaces.keys()])
          if (other.startsWith(key.slice(0, 4))) await super.drop({ key: other as NamespaceKey });
        return report;
      }
    },
  ),
  store(
    "drops-everything",
    "Dropping one namespace resets the store.",
    class extends RightStore {
      override async drop({ key }: Parameters<VectorStore["drop"]>[0]) {
        const report = await super.drop({ key });
        for (const other of [...this.spaces.keys()]) await super.drop({ key: other as NamespaceKey });
        return report;
      }
    },
  ),
  store(
    "leaves-rows",
    "A drop hides the namespace and keeps its rows for the next one of that name.",
    class extends RightStore {
      readonly #left = new Map<string, Map<string, Row>>();
      override async drop(request: Parameters<VectorStore["drop"]>[0]) {
        const space = this.spaces.get(request.key);
        if (space) this.#left.set(request.key, space.records);
        return super.drop(request);
      }
      override async open(request: Parameters<VectorStore["open"]>[0]) {
        const { key } = request;
        const isNew = !this.spaces.has(key);
        const opened = await super.open(request);
        if (isNew)
          for (const [name, record] of this.#left.get(key) ?? [])
            this.spaces.get(key)?.records.set(name, record);
        return opened;
      }
    },
  ),
  store(
    "resurrects-on-write",
    "Writing to a namespace that was dropped creates it again.",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        if (space.dropped) {
          space.dropped = false;
          space.records.clear();
          this.spaces.set(space.key, space);
        }
        return super.upsert(space, request);
      }
    },
  ),
  store(
    "answers-after-the-drop",
    "A handle that is still held goes on reading what was dropped.",
    class extends RightStore {
      override live(space: Space) {
        return space;
      }
    },
  ),
  store(
    "creates-unasked",
    "Opening a namespace that does not exist creates it.",
    class extends RightStore {
      override async open(request: Parameters<VectorStore["open"]>[0]): Promise<Namespace> {
        const create: Manifest = request.create ?? {
          kind: "organization",
          deployment: "",
          orgId: "",
          generation: 1,
          scheme: 1,
          embedder: null,
          createdAt: 0,
        };
        return super.open({ ...request, create });
      }
    },
  ),
  store(
    "echoes-the-manifest",
    "A namespace says that it belongs to whoever opens it.",
    class extends RightStore {
      override handle(space: Space, claimed?: Manifest) {
        return super.handle(claimed ? { ...space, manifest: claimed } : space);
      }
    },
  ),
  store(
    "shares-statistics",
    "How rare a word is follows from the texts of all organizations.",
    class extends RightStore {
      override statistics() {
        return [...this.spaces.values()].flatMap(({ records }) => [...records.values()]);
      }
    },
  ),
  store(
    "counts-everybody",
    "A count is the store's, not the namespace's.",
    class extends RightStore {
      override async count(_: Space, query: Query) {
        let count = 0;
        for (const space of this.spaces.values()) count += await super.count(space, query);
        return count;
      }
    },
  ),
  store(
    "names-others-in-errors",
    "An error lists what there is.",
    class extends RightStore {
      override notFound(key: NamespaceKey) {
        const error = super.notFound(key);
        const known = [...this.spaces.values()].flatMap(({ records }) =>
          [...records.values()].map(({ payload }) => payload),
        );
        error.message += ` There are: ${known.join(", ")}`;
        return error;
      }
    },
  ),
  store(
    "stamps-on-reading",
    "The namespace of a record is filled in when it is read, so that a leak cannot be seen.",
    class extends RightStore {
      override stored(record: Row, space: Space, scope: ScopeFilter, vectors?: boolean) {
        return { ...super.stored(record, space, scope, vectors), namespace: space.key };
      }
    },
  ),
];
