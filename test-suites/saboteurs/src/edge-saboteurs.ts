import type { TextQuery } from "@loci/core/store";
import type { DeleteRequest, GetQuery } from "./contract.ts";
import { RightStore, type Row, type Space } from "./right-store.ts";
import { type Saboteur, store } from "./saboteur.ts";

/** Stores that go wrong where a question has nothing in it, or a name is none. */
export const edgeSaboteurs: readonly Saboteur[] = [
  store(
    "makes-what-is-asked-for",
    "A namespace is made under any name, whoever made the name up.",
    class extends RightStore {
      override checkKey() {}
    },
  ),
  store(
    "takes-no-ids-for-all",
    "An empty list of ids is taken for none, so that all is returned and deleted.",
    class extends RightStore {
      override async get(space: Space, query: GetQuery) {
        if (query.ids.length > 0) return super.get(space, query);
        return this.visible(space, query, "get").map((record) => this.stored(record, space, query.scope));
      }
      override async delete(space: Space, request: DeleteRequest) {
        const { scope, ids } = request;
        return super.delete(space, ids?.length === 0 ? { scope } : request);
      }
    },
  ),
  store(
    "takes-no-terms-for-all",
    "A search for no words finds everything.",
    class extends RightStore {
      override async searchText(space: Space, query: TextQuery) {
        if (query.terms.length > 0) return super.searchText(space, query);
        const all = this.visible(space, query, "searchText").map((record) => ({ record, score: 1 }));
        return this.best(space, all, query);
      }
    },
  ),
  store(
    "looks-for-ids-in-lower-case",
    "Ids are looked for in lower case.",
    class extends RightStore {
      override async get(space: Space, query: GetQuery) {
        const ids = query.ids.map((id) => id.toLowerCase());
        return this.visible(space, query, "get")
          .filter(({ id }) => ids.includes(id.toLowerCase()))
          .map((record) => this.stored(record, space, query.scope, query.vectors));
      }
    },
    "core",
  ),
  store(
    "always-returns-vectors",
    "Vectors come with every record, whether they were asked for or not.",
    class extends RightStore {
      override stored(record: Row, space: Space, scope: Parameters<RightStore["stored"]>[2]) {
        return super.stored(record, space, scope, true);
      }
    },
    "core",
  ),
  store(
    "lists-nothing-that-lies-there",
    "Nothing lies under any name, says the store, which has never looked.",
    class extends RightStore {
      readonly leftovers = async () => [];
    },
    "core",
  ),
  store(
    "lists-what-is-gone",
    "What lies under a name is remembered, and listed after it was dropped.",
    class extends RightStore {
      readonly leftovers = async () => ["a file"];
    },
    "core",
  ),
];
