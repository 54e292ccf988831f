import { LociError } from "@loci/core";
import type { NamespaceKey } from "@loci/core/store";
import type { DropReport } from "./contract.ts";
import { type Arrived, LineError } from "./fake-line.ts";
import type { NamedSaboteur } from "./named-saboteur.ts";
import { RightStore } from "./right-store.ts";
import { type Asked, failingLine, StoreOnALine } from "./store-on-a-line.ts";

const reads = "failed-reads-are-no-answers";
const writes = "failed-writes-are-whole-or-nothing";
const opens = "failed-opens-are-not-missing";

function below(id: string, bug: string, killer: string, Store: new () => StoreOnALine): NamedSaboteur {
  return {
    ...{ id, bug, killer, layer: "store", level: "core" },
    makeStore: () => new RightStore(),
    fail: () => failingLine(Store),
  };
}

/** Answers with something of its own where the line fails. */
function answers(which: Asked, instead: unknown): new () => StoreOnALine {
  return class extends StoreOnALine {
    override async request(asked: Asked, key: NamespaceKey, work: () => Promise<unknown>) {
      return super.request(asked, key, work).catch((error: unknown) => {
        if (asked !== which || !LociError.isInstance(error) || error.code === "NAMESPACE_NOT_FOUND")
          throw error;
        return instead;
      });
    }
  };
}

/** Stores that make the best of a line that fails. */
export const lineSaboteurs: readonly NamedSaboteur[] = [
  below(
    "finds-nothing-when-it-cannot-search",
    "A search that fails has found nothing.",
    reads,
    answers("search", []),
  ),
  below(
    "finds-no-words-when-it-cannot-search",
    "A text query that fails has found nothing.",
    reads,
    answers("searchText", []),
  ),
  below(
    "gets-nothing-when-it-cannot-get",
    "What cannot be read by its id is not there.",
    reads,
    answers("get", []),
  ),
  below("counts-0-when-it-cannot-count", "A count that fails is 0.", reads, answers("count", 0)),
  below(
    "deletes-0-when-it-cannot-delete",
    "A deletion that fails has deleted nothing.",
    writes,
    answers("delete", 0),
  ),
  below(
    "takes-silence-for-success",
    "A write that is not answered in time was done.",
    writes,
    class extends StoreOnALine {
      override async request(asked: Asked, key: NamespaceKey, work: () => Promise<unknown>) {
        let isSilent = false;
        const named = (error: unknown) => {
          isSilent = (error as Error).name === "TimeoutError";
          return super.named(error, key);
        };
        const call = super.request.call(Object.create(this, { named: { value: named } }), asked, key, work);
        return call.catch((error: unknown) => {
          if (asked === "upsert" && isSilent) return [];
          throw error;
        });
      }
    },
  ),
  below(
    "conflicts-with-itself",
    "A conditional write whose answer was lost is repeated, and conflicts with what it has written.",
    writes,
    class extends StoreOnALine {
      override async request(asked: Asked, key: NamespaceKey, work: () => Promise<unknown>) {
        try {
          return await super.request(asked, key, work);
        } catch (error) {
          if (asked !== "upsert" || !/ECONNRESET/.test(String(error))) throw error;
          return super.request(asked, key, work);
        }
      }
    },
  ),
  below(
    "lists-no-leftovers-when-it-cannot-list",
    "What cannot be listed is not there.",
    opens,
    class extends StoreOnALine {
      readonly leftovers = async ({ key }: { readonly key: NamespaceKey }): Promise<readonly string[]> => {
        const listing = this.ask("open", key, async () => (this.spaces.has(key) ? ["a file"] : []));
        return listing.catch(() => []);
      };
    },
  ),
  below(
    "drops-what-it-can",
    "A drop in two requests reports what it has done where the second one fails.",
    opens,
    class extends StoreOnALine {
      override async drop(request: Parameters<StoreOnALine["drop"]>[0]): Promise<DropReport> {
        const found = await this.ask("drop", request.key, async () => this.spaces.has(request.key));
        return super.drop(request).catch(() => ({ dropped: found, residue: [] }));
      }
    },
  ),
  below(
    "reads-a-part-of-a-cut-answer",
    "What has arrived of a cut answer is the answer.",
    reads,
    class extends StoreOnALine {
      override read(arrived: Arrived, asked: Asked) {
        if (arrived.kind === "cut" && asked === "searchText") return [];
        return super.read(arrived, asked);
      }
    },
  ),
  below(
    "takes-a-refused-line-for-a-closed-store",
    "Where nobody listens the store says that it was closed.",
    opens,
    class extends StoreOnALine {
      override named(error: unknown, key: NamespaceKey) {
        if (error instanceof LineError && /REFUSED/.test(error.message)) {
          const closed = this.failure("The store was closed.", false);
          return Object.assign(closed, { code: "CLOSED" });
        }
        return super.named(error, key);
      }
    },
  ),
];
