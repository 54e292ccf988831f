import { StoreError } from "@loci/core";
import {
  type NamespaceKey,
  NamespaceNotFoundError,
  type RecordContent,
  type VectorStore,
} from "@loci/core/store";
import type { DropReport, ListQuery, Page, VectorQuery } from "./contract.ts";
import { type NamedSaboteur, wrong } from "./named-saboteur.ts";
import { RightStore, type Space } from "./right-store.ts";

const names = "nothing-told-names-neighbours";
const counts = "nothing-told-counts-neighbours";
type Drop = Parameters<VectorStore["drop"]>[0];

/** Stores that run names together, or tell more than they are asked. */
export const toldSaboteurs: readonly NamedSaboteur[] = [
  wrong(
    "keeps-the-end-of-keys",
    "A name of a namespace is its last twenty characters.",
    "keys-are-compared-whole",
    class extends RightStore {
      override place(key: NamespaceKey) {
        return key.slice(-20);
      }
    },
  ),
  wrong(
    "lists-leftovers-of-alike-keys",
    "What lies under a name is all whose name begins with its first twenty characters.",
    "keys-are-compared-whole",
    class extends RightStore {
      readonly leftovers = async ({ key }: { readonly key: NamespaceKey }) =>
        [...this.spaces.keys()].filter((known) => known.startsWith(key.slice(0, 20)));
    },
  ),
  wrong(
    "joins-ids-and-owners",
    "A record's id and its owners are joined with a colon, which they may contain.",
    "ids-and-owners-do-not-run-together",
    class extends RightStore {
      override identify({ id, scopeKey }: Pick<RecordContent, "id" | "scopeKey">) {
        return [id, scopeKey.user, scopeKey.agent, scopeKey.run].join(":");
      }
    },
  ),
  wrong(
    "names-the-owner-of-a-cursor",
    "The error of a cursor that belongs elsewhere says where.",
    names,
    class extends RightStore {
      override async list(space: Space, query: ListQuery): Promise<Page> {
        const { cursor, ...rest } = query;
        const [key = space.key, given = ""] = cursor?.split("\u0000") ?? [];
        const owner = [...this.spaces.values()].find((one) => one.key === key);
        if (key !== space.key)
          throw new StoreError(
            `The cursor is one of ${owner?.manifest.orgId}.`,
            { store: this.name },
            { retryable: false },
          );
        const page = await super.list(space, { ...rest, ...(cursor === undefined ? {} : { cursor: given }) });
        return page.cursor === undefined ? page : { ...page, cursor: `${space.key}\u0000${page.cursor}` };
      }
    },
  ),
  wrong(
    "names-neighbours-in-residue",
    "The report of a drop says with whom the namespace has shared a file.",
    names,
    class extends RightStore {
      override async drop(request: Drop): Promise<DropReport> {
        const report = await super.drop(request);
        const others = [...this.spaces.values()].map(({ manifest }) => manifest.orgId).join(" and ");
        return { ...report, residue: [{ where: `a file that ${others} use`, clearedBy: "compaction" }] };
      }
    },
  ),
  wrong(
    "numbers-rows-of-everybody",
    "A cursor holds a row's number, which is counted over all namespaces.",
    counts,
    class extends RightStore {
      override async list(space: Space, query: ListQuery): Promise<Page> {
        const { cursor, ...rest } = query;
        const given = cursor === undefined ? {} : { cursor: cursor.slice(cursor.indexOf("/") + 1) };
        const page = await super.list(space, { ...rest, ...given });
        const before = [...this.spaces.values()].slice(
          0,
          [...this.spaces.keys()].indexOf(this.place(space.key)),
        );
        const row = before.reduce((sum, { records }) => sum + records.size, 0);
        return page.cursor === undefined ? page : { ...page, cursor: `${row}/${page.cursor}` };
      }
    },
  ),
  wrong(
    "names-the-number-of-a-namespace",
    "The error of a wrong vector says how manieth the namespace is.",
    counts,
    class extends RightStore {
      override async search(space: Space, query: VectorQuery) {
        if (query.vector.length === space.manifest.embedder?.dimensions) return super.search(space, query);
        const number = [...this.spaces.keys()].indexOf(this.place(space.key));
        throw new StoreError(
          `Table ${number} has other vectors.`,
          { store: this.name },
          { retryable: false },
        );
      }
    },
  ),
  wrong(
    "names-who-was-dropped",
    "The error of a namespace that is gone lists those that were dropped lately.",
    names,
    class extends RightStore {
      readonly #gone: string[] = [];
      override async drop(request: Drop): Promise<DropReport> {
        const space = this.spaces.get(this.place(request.key));
        if (space) this.#gone.push(space.manifest.orgId);
        return super.drop(request);
      }
      override notFound(key: NamespaceKey): Error {
        return new NamespaceNotFoundError(`Dropped lately: ${this.#gone.join(", ")}.`, { namespace: key });
      }
    },
  ),
];
