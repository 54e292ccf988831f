import { LociError } from "@loci/core";
import { type NamespaceKey, NamespaceNotFoundError, type VectorRecord } from "@loci/core/store";
import type { UpsertRequest } from "./contract.ts";
import { type Arrived, LineError } from "./fake-line.ts";
import { RightStore, type Space } from "./right-store.ts";
import type { Saboteur } from "./saboteur.ts";
import { type Asked, failingLine, StoreOnALine } from "./store-on-a-line.ts";

/** One with its bug in what it makes of a line that fails. */
function below(id: string, bug: string, Store: new () => StoreOnALine): Saboteur {
  return {
    ...{ id, bug, layer: "store", level: "core" },
    makeStore: () => new RightStore(),
    fail: () => failingLine(Store),
  };
}

const nothing: Readonly<Record<Asked, unknown>> = {
  open: undefined,
  upsert: [],
  drop: { dropped: false, residue: [] },
  search: [],
  searchText: [],
  get: [],
  list: { records: [] },
  delete: 0,
  count: 0,
};

/** Reads an answer that is not whole in a way of its own. Undefined: as it should be. */
function reads(take: (arrived: Arrived, asked: Asked) => unknown): new () => StoreOnALine {
  return class extends StoreOnALine {
    override read(arrived: Arrived, asked: Asked) {
      return (arrived.kind === "whole" ? undefined : take(arrived, asked)) ?? super.read(arrived, asked);
    }
  };
}

/** Asks again when an answer is lost. */
function repeats(
  which: Asked,
  again: (store: StoreOnALine, work: () => Promise<unknown>) => void = () => {},
) {
  return class extends StoreOnALine {
    override async request(asked: Asked, key: NamespaceKey, work: () => Promise<unknown>) {
      try {
        return await super.request(asked, key, work);
      } catch (error) {
        if (asked !== which || !/ECONNRESET/.test(String(error))) throw error;
        again(this, work);
        return super.request(asked, key, work);
      }
    }
  };
}

/** Stores that take a backend that fails for something else. */
export const belowSaboteurs: readonly Saboteur[] = [
  below(
    "takes-unreachable-for-missing",
    "A backend that cannot be reached is a namespace that is not there.",
    class extends StoreOnALine {
      override named(error: unknown, key: NamespaceKey) {
        return error instanceof LineError ? this.notFound(key) : super.named(error, key);
      }
    },
  ),
  below(
    "takes-unreachable-for-dropped",
    "A drop that does not reach the backend is one of what was not there.",
    class extends StoreOnALine {
      override async request(asked: Asked, key: NamespaceKey, work: () => Promise<unknown>) {
        const answer = super.request(asked, key, work);
        return asked === "drop" ? answer.catch(() => nothing.drop) : answer;
      }
    },
  ),
  below(
    "creates-what-it-cannot-reach",
    "What cannot be opened is opened all the same, and written later.",
    class extends StoreOnALine {
      override async request(asked: Asked, key: NamespaceKey, work: () => Promise<unknown>) {
        return super.request(asked, key, work).catch((error: unknown) => {
          if (asked !== "open" || NamespaceNotFoundError.isInstance(error)) throw error;
          return new RightStore().open({ key, create: { ...unknownManifest } });
        });
      }
    },
  ),
  below(
    "takes-a-cut-answer-for-an-empty-one",
    "A list whose answer was cut is an empty list.",
    reads(({ kind }, asked) => (kind === "cut" && asked === "list" ? nothing.list : undefined)),
  ),
  below(
    "takes-a-page-for-an-empty-answer",
    "The page of a login, with status 200, holds no records.",
    reads(({ kind }, asked) =>
      kind === "page" && asked !== "open" && asked !== "upsert" ? nothing[asked] : undefined,
    ),
  ),
  below(
    "takes-a-page-for-success",
    "The page of a login, with status 200, is a write that was done.",
    reads(({ kind }, asked) => (kind === "page" && asked === "upsert" ? nothing.upsert : undefined)),
  ),
  below(
    "reports-half-a-batch-as-whole",
    "What fails after the first request of a batch is not reported.",
    class extends StoreOnALine {
      override partial() {
        return [];
      }
    },
  ),
  below(
    "reports-what-failed-as-stored",
    "A batch that failed half-way says that all of it was stored.",
    class extends StoreOnALine {
      override partial(records: readonly VectorRecord[], _stored: number, cause: unknown) {
        return super.partial(records, records.length, cause);
      }
    },
  ),
  below(
    "acknowledges-before-it-sends",
    "A write is acknowledged, and sent later.",
    class extends StoreOnALine {
      override async upsert(space: Space, request: UpsertRequest) {
        super.upsert(space, request).catch(() => {});
        return [];
      }
    },
  ),
  below(
    "writes-a-record-in-two-requests",
    "A record's words follow it by a request of their own, and are missing where that one fails.",
    class extends StoreOnALine {
      override async writeSome(space: Space, records: readonly VectorRecord[]) {
        await super.writeSome(
          space,
          records.map((record) => ({ ...record, keywords: { own: [], before: [], after: [] } })),
        );
        return super.writeSome(space, records);
      }
    },
  ),
  below(
    "repeats-deletions",
    "A deletion whose answer was lost is repeated, and finds nothing.",
    repeats("delete"),
  ),
  below(
    "doubles-what-it-repeats",
    "A write whose answer was lost is written again beside the first.",
    repeats("upsert", ({ spaces }) => {
      for (const { records } of spaces.values())
        for (const [identity, row] of [...records])
          if (row.id.startsWith("id-batch")) records.set(`${identity} again`, row);
    }),
  ),
  below(
    "throws-what-the-line-throws",
    "Errors of the connection reach the caller as they are.",
    class extends StoreOnALine {
      override named(error: unknown) {
        return error;
      }
    },
  ),
  below(
    "calls-every-failure-final",
    "A backend that does not answer for a moment is a failure that does not pass.",
    class extends StoreOnALine {
      override failure(message: string) {
        return super.failure(message, false);
      }
    },
  ),
  below(
    "calls-every-failure-passing",
    "The page of a login is asked for again and again.",
    class extends StoreOnALine {
      override failure(message: string) {
        return super.failure(message, true);
      }
    },
  ),
  below(
    "never-recovers",
    "After a failure, a handle fails for ever.",
    class extends StoreOnALine {
      #failed: unknown;
      override async request(asked: Asked, key: NamespaceKey, work: () => Promise<unknown>) {
        if (this.#failed) throw this.#failed;
        return super.request(asked, key, work).catch((error: unknown) => {
          if (LociError.isInstance(error) && error.retryable) this.#failed = error;
          throw error;
        });
      }
    },
  ),
  below(
    "names-neighbours-when-it-fails",
    "The error of a backend that does not answer lists what was open.",
    class extends StoreOnALine {
      override failure(message: string, retryable: boolean) {
        const open = [...this.spaces.values()].map(({ manifest }) => JSON.stringify(manifest));
        return super.failure(`${message} Open: ${open.join()}`, retryable);
      }
    },
  ),
  below(
    "closes-when-everybody-has-answered",
    "Closing waits for calls whose answer never comes.",
    class extends StoreOnALine {
      override async close() {
        const hangs = this.running.size > 0;
        await super.close();
        if (hangs) await new Promise(() => {});
      }
    },
  ),
  below(
    "takes-calls-after-its-close",
    "A store that was closed while its backend hung takes calls.",
    class extends StoreOnALine {
      override async close() {
        await super.close();
        this.isClosed = false;
      }
    },
  ),
];

const unknownManifest = {
  kind: "organization",
  deployment: "unknown",
  orgId: "unknown",
  generation: 1,
  scheme: 1,
  embedder: null,
  createdAt: 0,
} as const;
