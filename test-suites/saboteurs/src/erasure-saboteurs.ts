import type { Manifest, NamespaceKey, StoreCapabilities, VectorRecord, VectorStore } from "@loci/core/store";
import type { DeleteRequest, DropReport, ListQuery } from "./contract.ts";
import type { NamedSaboteur } from "./named-saboteur.ts";
import { RightStore, type Row, type Space } from "./right-store.ts";

/** A right store of a backend that keeps what it has deleted somewhere, and names the place. */
class LogicalStore extends RightStore {
  override readonly capabilities: StoreCapabilities = {
    isolation: "physical",
    keyword: true,
    scoreIsolation: "organization",
    erasure: "logical",
    readYourWrites: true,
  };
  /** By place. */
  readonly left: Map<string, string> = new Map();

  override second(): RightStore {
    return Object.assign(super.second(), { left: this.left });
  }
}

/** Everything that a store holds, by the key of its namespace or by the place where it was left. */
export function inspectable(store: RightStore): ReadonlyMap<string, Uint8Array> {
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const held = [...store.spaces].map(
    ([key, { manifest, records }]) => [key, bytes([manifest, [...records]])] as const,
  );
  const left = store instanceof LogicalStore ? [...store.left] : [];
  return new Map([...held, ...left.map(([place, text]) => [place, bytes(text)] as const)]);
}

function erases(
  id: string,
  bug: string,
  Store: new () => RightStore,
  killer = "what-is-left-is-named",
): NamedSaboteur {
  return { id, bug, killer, layer: "store", level: "core", makeStore: () => new Store() };
}

/** Stores that keep what they should erase, or do not say what they keep. Only a harness that can look beneath them sees it. */
export const erasureSaboteurs: readonly NamedSaboteur[] = [
  erases(
    "renames-what-it-drops",
    "A drop renames the file, and names nothing.",
    class extends LogicalStore {
      override async drop(request: Parameters<VectorStore["drop"]>[0]): Promise<DropReport> {
        const space = this.spaces.get(this.place(request.key));
        if (space) this.left.set(`${request.key}.dropped`, textOf(space));
        return super.drop(request);
      }
    },
  ),
  erases(
    "names-another-place",
    "A drop renames the file, and names the write-ahead log.",
    class extends LogicalStore {
      override async drop(request: Parameters<VectorStore["drop"]>[0]): Promise<DropReport> {
        const space = this.spaces.get(this.place(request.key));
        if (space) this.left.set("trash", textOf(space));
        const residue = [{ where: "the write-ahead log", clearedBy: "a checkpoint" }];
        return { ...(await super.drop(request)), residue };
      }
    },
  ),
  erases(
    "leaves-what-it-deletes",
    "A deletion leaves the words in an index, and names nothing.",
    class extends LogicalStore {
      override async delete(space: Space, request: DeleteRequest) {
        if (!request.ids) return super.delete(space, request);
        this.left.set("index of words", textOf(space));
        return super.delete(space, request);
      }
    },
  ),
  erases(
    "leaves-what-it-replaces",
    "What was replaced stays in a log, and nothing names it.",
    class extends LogicalStore {
      override write(space: Space, record: VectorRecord, before: Row | undefined) {
        if (before) this.left.set("log", JSON.stringify(before));
        super.write(space, record, before);
      }
    },
  ),
  erases(
    "erases-nothing",
    "A store that declares to erase physically keeps everything that it deletes.",
    class extends RightStore {
      override async delete(space: Space, request: DeleteRequest) {
        const before = [...space.records.values()];
        const deleted = await super.delete(space, request);
        Object.assign(space.manifest, {
          deleted: before.filter((row) => ![...space.records.values()].includes(row)),
        });
        return deleted;
      }
    },
    "deleted-means-erased",
  ),
  erases(
    "keeps-what-it-filtered-out",
    "A deletion by a filter hides records, and leaves them where they are.",
    class extends LogicalStore {
      override async delete(space: Space, request: DeleteRequest) {
        if (request.filter) this.left.set("segment 1", textOf(space));
        return super.delete(space, request);
      }
    },
  ),
  erases(
    "keeps-versions-that-it-deleted",
    "A deletion by version leaves what it deletes in the history.",
    class extends LogicalStore {
      override async delete(space: Space, request: DeleteRequest) {
        if (request.versions) this.left.set("history", textOf(space));
        return super.delete(space, request);
      }
    },
  ),
  erases(
    "keeps-pages-on-the-disk",
    "A listing leaves its pages in a cache on the disk.",
    class extends LogicalStore {
      override async list(space: Space, query: ListQuery) {
        const page = await super.list(space, query);
        this.left.set("cache", `${this.left.get("cache")} ${JSON.stringify(page.records)}`);
        return page;
      }
    },
  ),
  erases(
    "swallows-what-it-cannot-remove",
    "A drop removes the manifest, fails at the records, and says that all went well.",
    class extends LogicalStore {
      override async drop(request: Parameters<VectorStore["drop"]>[0]): Promise<DropReport> {
        const space = this.spaces.get(this.place(request.key));
        if (space) this.left.set(`${request.key}/records`, textOf(space));
        return super.drop(request);
      }
    },
  ),
  erases(
    "names-a-part-of-what-is-left",
    "A drop leaves two copies, and names one of them.",
    class extends LogicalStore {
      override async drop(request: Parameters<VectorStore["drop"]>[0]): Promise<DropReport> {
        const space = this.spaces.get(this.place(request.key));
        const places = ["the snapshot", "the replica"];
        for (const place of space ? places : []) this.left.set(place, space ? textOf(space) : "");
        const residue = [{ where: "the snapshot", clearedBy: "the next snapshot" }];
        return { ...(await super.drop(request)), residue };
      }
    },
  ),
  erases(
    "keeps-one-of-a-kind",
    "A store that erases physically keeps the manifest of what was dropped, with the words of its last record.",
    class extends RightStore {
      readonly #last = new Map<NamespaceKey, unknown>();
      override async drop(request: Parameters<VectorStore["drop"]>[0]): Promise<DropReport> {
        const space = this.spaces.get(this.place(request.key));
        const report = await super.drop(request);
        if (space) this.#keep(request.key, space);
        return report;
      }
      #keep(key: NamespaceKey, space: Space) {
        const rest = { ...space, key: `${key}~`, records: new Map([...space.records].slice(-1)) };
        this.#last.set(key, rest);
        this.spaces.set(`${key}~`, rest as Space & { manifest: Manifest });
      }
    },
    "deleted-means-erased",
  ),
];

function textOf(space: Space): string {
  return JSON.stringify([...space.records.values()]);
}
