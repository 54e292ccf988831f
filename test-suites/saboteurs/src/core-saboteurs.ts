import type { ListQuery, UpsertRequest } from "./contract.ts";
import { RightStore, type Space } from "./right-store.ts";
import { type Saboteur, store } from "./saboteur.ts";

/** Others get their turn. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Stores that leak nothing, and break what else every store promises. */
export const coreSaboteurs: readonly Saboteur[] = [
  store(
    "cuts-payloads-at-a-column",
    "A payload is cut where a column ends.",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        const records = request.records.map((record) => ({
          ...record,
          payload: record.payload.slice(0, 65_535),
        }));
        return super.upsert(space, { ...request, records });
      }
    },
    "core",
  ),
  store(
    "acknowledges-before-it-writes",
    "A write is acknowledged first and done a moment later.",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        request.signal?.throwIfAborted();
        this.live(space);
        void pause()
          .then(() => super.upsert(space, request))
          .catch(() => undefined);
        return [];
      }
    },
    "core",
  ),
  store(
    "writes-five-hundred",
    "Of a long list, the first 500 records are written.",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        return super.upsert(space, { ...request, records: request.records.slice(0, 500) });
      }
    },
    "core",
  ),
  store(
    "lists-as-written",
    "A listing is in the order of writing, whatever the records say of their time.",
    class extends RightStore {
      override async list(space: Space, query: ListQuery) {
        const page = await super.list(space, query);
        const at = new Map([...this.live(space).records.keys()].map((name, index) => [name, index]));
        const place = (record: (typeof page.records)[number]) => at.get(this.identify(record)) ?? 0;
        return { ...page, records: page.records.toSorted((a, b) => place(a) - place(b)) };
      }
    },
    "core",
  ),
  store(
    "rounds-scores",
    "A score is a cosine of one decimal.",
    class extends RightStore {
      override cosine(a: Float32Array, b: Float32Array) {
        return Math.round(10 * super.cosine(a, b)) / 10;
      }
    },
    "core",
  ),
  store(
    "writes-after-an-abort",
    "A write does not look at its signal.",
    class extends RightStore {
      override async upsert(space: Space, { records }: UpsertRequest) {
        return super.upsert(space, { records });
      }
    },
    "core",
  ),
  store(
    "creates-twice",
    "A namespace is looked for and created in two steps, so that two creators make two.",
    class extends RightStore {
      override async open(request: Parameters<RightStore["open"]>[0]) {
        const { key, create, signal } = request;
        if (!create || this.spaces.has(this.place(key))) return super.open(request);
        signal?.throwIfAborted();
        this.checkKey(key);
        await pause();
        this.spaces.delete(this.place(key));
        return super.open(request);
      }
    },
    "core",
  ),
];
