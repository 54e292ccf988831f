import { inMemory, type VectorStore } from "@loci/core";
import { type Namespace, scopeFilter } from "@loci/core/store";
import type { Bias } from "../story/plan.ts";
import { emptyStores, type Stores } from "./world.ts";

/** A store that is wrong in one way, and the invariants' chance to say so. */
export interface Saboteur {
  readonly does: string;
  /** The stories in which it shows soon. Default: all. */
  readonly bias?: Bias;
  sabotage(namespace: Namespace): Partial<Namespace>;
}

/** Ways in which the namespaces of a store can be wrong. */
export const saboteurs: readonly Saboteur[] = [
  {
    does: "ignores what a write expects",
    sabotage: (namespace) => ({
      upsert: ({ records, ...rest }) =>
        namespace.upsert({ records: records.map(({ expected: _, ...record }) => record), ...rest }),
    }),
  },
  {
    does: "deletes records that are no longer at the version that was named",
    bias: { kinds: ["update"], expiring: 0.8 },
    sabotage: (namespace) => ({
      delete: ({ versions, scope, ...rest }) =>
        versions
          ? namespace.delete({ scope, ids: versions.map(({ id }) => id) })
          : namespace.delete({ scope, ...rest } as Parameters<Namespace["delete"]>[0]),
    }),
  },
  {
    does: "says of a conflict that it was written",
    sabotage: (namespace) => ({
      upsert: async (request) => {
        await namespace.upsert(request);
        return [];
      },
    }),
  },
  {
    does: "writes what follows although what leads conflicts",
    bias: { kinds: ["update", "delete"] },
    sabotage: (namespace) => ({ upsert: ({ leading: _, ...request }) => namespace.upsert(request) }),
  },
  {
    does: "loses an acknowledged write now and then",
    sabotage: (namespace) => {
      let calls = 0;
      return {
        upsert: async (request) => {
          calls += 1;
          return calls % 5 === 0 ? [] : namespace.upsert(request);
        },
      };
    },
  },
  {
    does: "stores the first record of a batch alone",
    sabotage: (namespace) => ({
      upsert: ({ records, ...rest }) => namespace.upsert({ records: records.slice(0, 1), ...rest }),
    }),
  },
  {
    does: "reads an old state by id",
    sabotage: (namespace) => {
      const known = new Map<string, Awaited<ReturnType<Namespace["get"]>>>();
      return {
        get: async (query) => {
          const name = query.ids.join();
          const answer = known.get(name) ?? (await namespace.get(query));
          if (answer.length > 0) known.set(name, answer);
          return answer;
        },
      };
    },
  },
  {
    does: "lists an old state",
    sabotage: (namespace) => {
      let known: Awaited<ReturnType<Namespace["list"]>> | undefined;
      return {
        list: async (query) => {
          const answer = known ?? (await namespace.list(query));
          if (answer.records.length > 0 && !query.cursor) known = answer;
          return query.scope === everything ? namespace.list(query) : answer;
        },
      };
    },
  },
];

/** A store whose creations are not exclusive: a second creator begins anew. */
export function forgetfulCreator(store: VectorStore): VectorStore {
  return {
    ...bound(store),
    open: async (request) => {
      if (request.create) await store.drop({ key: request.key });
      return store.open(request);
    },
  };
}

/** A store whose handles do not learn that their namespace was dropped: they go on with what is gone for everybody else. */
export function unawareHandles(store: VectorStore): VectorStore {
  const lives = new Map<string, VectorStore>();
  const nothing = inMemory();
  return {
    ...bound(store),
    open: async (request) => {
      if (request.create && !lives.has(request.key)) lives.set(request.key, inMemory());
      return (lives.get(request.key) ?? nothing).open(request);
    },
    drop: async ({ key }) => ({ dropped: lives.delete(key), residue: [] }),
    leftovers: async ({ key }) => (lives.has(key) ? ["a namespace"] : []),
  };
}

/** Makes the stores of a world with a saboteur in each. */
export function sabotaged({ sabotage }: Saboteur): () => Stores {
  return () =>
    wrapped((store) => ({
      ...bound(store),
      open: async (request) => {
        const namespace = await store.open(request);
        // The registry is as it should be: otherwise nothing else would be found.
        return namespace.manifest.kind === "organization"
          ? { ...namespace, ...sabotage(namespace) }
          : namespace;
      },
    }));
}

export function wrapped(wrap: (store: VectorStore) => VectorStore): Stores {
  return Object.fromEntries(Object.entries(emptyStores()).map(([cell, store]) => [cell, wrap(store)]));
}

function bound(store: VectorStore): VectorStore {
  const { leftovers } = store;
  return {
    specVersion: 1,
    name: store.name,
    capabilities: store.capabilities,
    open: (request) => store.open(request),
    drop: (request) => store.drop(request),
    ...(leftovers ? { leftovers: (request) => leftovers.call(store, request) } : {}),
    close: () => store.close(),
  };
}

const everything = scopeFilter({}, "within");
