import { type NamespaceKey, NamespaceNotFoundError } from "@loci/core/store";
import type { ListQuery, Page } from "./contract.ts";
import { type NamedSaboteur, wrong } from "./named-saboteur.ts";
import { RightStore, type Space } from "./right-store.ts";

/** Tells more than it should in its errors. */
function tellsInErrors(more: (spaces: ReadonlyMap<string, Space>) => string): new () => RightStore {
  return class extends RightStore {
    override notFound(key: NamespaceKey): Error {
      const message = `There is no namespace ${key}; ${more(this.spaces)}.`;
      return new NamespaceNotFoundError(message, { namespace: key });
    }
  };
}

/** Stores that mix up names of namespaces, or tell of those that are not the caller's. */
export const nameSaboteurs: readonly NamedSaboteur[] = [
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
        const given = cursor === undefined ? {} : { cursor: cursor.split("\u0000")[0] ?? "" };
        const page = await super.list(space, { ...rest, ...given });
        const all = [...this.spaces.values()].reduce((sum, { records }) => sum + records.size, 0);
        return page.cursor === undefined ? page : { ...page, cursor: `${page.cursor}\u0000${all}` };
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
