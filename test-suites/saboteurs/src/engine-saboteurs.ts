import type { Embedder, MemoryOptions, MemoryScope, Organization, Scope, SearchOptions } from "@loci/core";
import type { PromptMessage } from "@loci/core/model";
import { NamespaceNotFoundError, type VectorStore } from "@loci/core/store";
import { Memory } from "@loci/core/testing";
import { RightStore } from "./right-store.ts";
import type { Saboteur } from "./saboteur.ts";

/** Core's memory with some of its methods replaced. Its types do not matter here: that is where such bugs hide. */
type Sabotage = (
  memory: Memory,
  original: Memory,
) => Partial<Record<keyof Memory, (...given: never[]) => unknown>>;

function engine(id: string, bug: string, sabotage: Sabotage): Saboteur {
  const makeMemory = (options: MemoryOptions) => {
    const original = new Memory(options);
    const memory = new Memory(options);
    return Object.assign(memory, sabotage(memory, original));
  };
  return { id, bug, layer: "engine", level: "isolation", makeStore: () => new RightStore(), makeMemory };
}

type Replaced<Handle> = Partial<Record<keyof Handle, (...given: never[]) => unknown>>;

/** Replaces methods of the handle of every organization. */
function organizations(replace: (orgId: string, original: Memory) => Replaced<Organization>): Sabotage {
  return (_, original) => ({
    organization: (orgId: string) => Object.assign(original.organization(orgId), replace(orgId, original)),
  });
}

/** Replaces methods of the handle of every scope. */
function scopes(replace: (scope: Scope, original: Memory) => Replaced<MemoryScope>): Sabotage {
  return (_, original) => ({
    scope: (scope: Scope) => Object.assign(original.scope(scope), replace(scope, original)),
  });
}

/** Applies a change to the scope of every call. */
function changesScopes(change: (scope: Scope) => Scope): Sabotage {
  return (_, original) => ({
    add: (input: string, scope: Scope) => original.add(input, change(scope)),
    search: (query: string, scope: Scope) => original.search(query, change(scope)),
    list: (scope: Scope) => original.list(change(scope)),
    get: (id: string, scope: Scope) => original.get(id, change(scope)),
    update: (id: string, changes: object, scope: Scope) => original.update(id, changes, change(scope)),
    delete: (id: string, scope: Scope) => original.delete(id, change(scope)),
    deleteAll: (scope: Scope) => original.deleteAll(change(scope)),
    history: (id: string, scope: Scope) => original.history(id, change(scope)),
    scope: (scope: Scope) => original.scope(change(scope)),
  });
}

/** Remembers where each memory was written, in whichever instance. */
function remembersOwners(
  use: (owner: (id: string) => Scope | undefined, original: Memory) => ReturnType<Sabotage>,
): Sabotage {
  const owners = new Map<string, Scope>();
  return (_, original) => ({
    async add(input: string, scope: Scope & { supersedes?: string }) {
      const added = await original.add(input, scope);
      const { orgId, userId, agentId, runId } = scope;
      for (const { id } of added.results)
        owners.set(id, JSON.parse(JSON.stringify({ orgId, userId, agentId, runId })));
      return added;
    },
    ...use((id) => owners.get(id), original),
  });
}

const fold = (scope: Scope): Scope =>
  typeof scope?.orgId === "string" ? { ...scope, orgId: scope.orgId.toLowerCase() } : scope;

/** Collects the texts of callers that wait at the same time, and embeds them in one call. */
const batchesEmbeddings: Saboteur = {
  id: "batches-embeddings",
  bug: "Texts of several callers are embedded in one call.",
  layer: "engine",
  level: "isolation",
  makeStore: () => new RightStore(),
  makeMemory(options) {
    const { embedder } = options;
    if (!embedder) return new Memory(options);
    let waiting: string[] = [];
    let batch: Promise<readonly Float32Array[]> | undefined;
    const embed: Embedder["embed"] = async (texts, given) => {
      const from = waiting.length;
      waiting.push(...texts);
      batch ??= Promise.resolve().then(() => {
        const all = waiting;
        waiting = [];
        batch = undefined;
        return embedder.embed(all, given);
      });
      return (await batch).slice(from, from + texts.length);
    };
    return new Memory({ ...options, embedder: { ...embedder, embed } });
  },
};

/** Has one chat with the language model for all callers. */
const sharesOneChat: Saboteur = {
  id: "shares-one-chat",
  bug: "The language model is asked in one conversation for all callers.",
  layer: "engine",
  level: "isolation",
  makeStore: () => new RightStore(),
  makeMemory(options) {
    const { languageModel } = options;
    if (!languageModel) return new Memory(options);
    const chat: PromptMessage[] = [];
    return new Memory({
      ...options,
      languageModel: {
        ...languageModel,
        generate(request) {
          chat.push(...request.messages);
          return languageModel.generate({ ...request, messages: [...chat] });
        },
      },
    });
  },
};

/** A memory whose options are changed first. */
function configured(id: string, bug: string, change: (options: MemoryOptions) => MemoryOptions): Saboteur {
  return {
    id,
    bug,
    layer: "engine",
    level: "isolation",
    makeStore: () => new RightStore(),
    makeMemory: (options) => new Memory(change(options)),
  };
}

/** A store that says that it has dropped, and has not. */
function keeping(store: VectorStore): VectorStore {
  const hidden = new Set<string>();
  return {
    specVersion: 1,
    name: store.name,
    capabilities: store.capabilities,
    async open(request) {
      if (hidden.has(request.key))
        throw new NamespaceNotFoundError("It is hidden.", { namespace: request.key });
      return store.open(request);
    },
    async drop({ key }) {
      hidden.add(key);
      return { dropped: true, residue: [] };
    },
    close: () => store.close(),
  };
}

export const engineSaboteurs: readonly Saboteur[] = [
  configured("moves-by-copying", "A move hides the namespace that it leaves.", ({ cells, ...options }) => ({
    ...options,
    ...(cells
      ? {
          cells: Object.fromEntries(
            Object.entries(cells).map(([name, cell]) => [name, { ...cell, store: keeping(cell.store) }]),
          ),
        }
      : {}),
  })),
  {
    id: "falls-back-to-another-region",
    bug: "What a region that is down cannot take is written to another one.",
    layer: "engine",
    level: "isolation",
    makeStore: () => new RightStore(),
    makeMemory(options) {
      const memory = new Memory(options);
      const [, other] = Object.values(options.regions ?? {});
      if (!other?.store) return memory;
      const fallback = new Memory({ store: other.store });
      const add = memory.add.bind(memory);
      return Object.assign(memory, {
        add: (input: string, scope: Scope) =>
          add(input, scope).catch((error: { code?: string }) => {
            if (error.code !== "STORE_FAILURE") throw error;
            return fallback.add(input, scope);
          }),
      });
    },
  },
  engine(
    "re-embeds-a-snapshot",
    "What was written while an organization was re-embedded is lost.",
    organizations((orgId, original) => ({
      async reembed() {
        const everything = async () =>
          (await original.list({ orgId, levels: "within", limit: 1000 })).memories;
        const before = new Set((await everything()).map(({ id }) => id));
        const result = await original.organization(orgId).reembed();
        const later = (await everything()).filter(({ id }) => !before.has(id)).map(({ id }) => id);
        if (later.length > 0) await original.scope({ orgId }).deleteMany(later);
        return result;
      },
    })),
  ),
  configured(
    "shares-one-key",
    "All organizations are encrypted with the key of one.",
    ({ keys, ...options }) => ({
      ...options,
      ...(keys
        ? {
            keys: {
              ...keys,
              create: (owner, given) => keys.create({ ...owner, orgId: "acme" }, given),
              open: (wrapped, owner, given) => keys.open(wrapped, { ...owner, orgId: "acme" }, given),
            },
          }
        : {}),
    }),
  ),
  sharesOneChat,
  engine(
    "exports-the-organization",
    "The export of one person is that of the organization.",
    scopes(({ orgId }, original) => ({ export: () => original.organization(orgId).export() })),
  ),
  engine(
    "exports-without-the-runs",
    "An export of a person leaves out what is below them.",
    scopes((scope, original) => ({
      export: async () => {
        const { memories } = await original.list({ ...scope, levels: "own" });
        return new Blob([JSON.stringify(memories)]).stream();
      },
    })),
  ),
  engine(
    "imports-into-anybody",
    "A dump is imported wherever it is sent.",
    organizations((orgId, original) => ({
      async import(source: ReadableStream<Uint8Array>) {
        const dump = await new Response(source).text();
        const { header } = JSON.parse(dump.slice(0, dump.indexOf("\n")));
        return original.organization(orgId).import(new Blob([dump]).stream(), { from: header.orgId });
      },
    })),
  ),
  engine(
    "imports-into-its-own",
    "A dump is imported into its organization, whichever is named.",
    organizations((orgId, original) => ({
      import: (source: ReadableStream<Uint8Array>, { from = orgId }: { from?: string } = {}) =>
        original.organization(from).import(source),
    })),
  ),
  engine(
    "forgets-on-paper",
    "A receipt is given, and nothing is deleted.",
    scopes((scope, original) => ({
      forget: async () => ({ ...(await original.scope(scope).planForget()), kind: "forget" }),
    })),
  ),
  engine(
    "forgets-the-organization",
    "Forgetting a person deletes everything of their organization.",
    scopes((scope, original) => ({
      async forget() {
        const receipt = await original.scope(scope).forget();
        await original.deleteAll({ orgId: scope.orgId });
        return receipt;
      },
    })),
  ),
  engine("folds-organizations", "Organizations are compared in lower case.", changesScopes(fold)),
  engine(
    "trims-organizations",
    "Organizations are trimmed.",
    changesScopes((scope) =>
      typeof scope?.orgId === "string" ? { ...scope, orgId: scope.orgId.trim() } : scope,
    ),
  ),
  engine(
    "trims-users",
    "Users are trimmed.",
    changesScopes((scope) =>
      typeof scope?.userId === "string" ? { ...scope, userId: scope.userId.trim() } : scope,
    ),
  ),
  engine(
    "coerces-identifiers",
    "Identifiers are turned into strings.",
    changesScopes((scope) => (scope?.orgId === undefined ? scope : { ...scope, orgId: String(scope.orgId) })),
  ),
  engine(
    "drops-empty-levels",
    "A user that is undefined or empty is left out.",
    changesScopes((scope) => {
      if (typeof scope !== "object" || scope === null || !("userId" in scope) || scope.userId) return scope;
      const { userId: _, ...rest } = scope;
      return rest;
    }),
  ),
  engine(
    "drops-unknown-keys-of-scopes",
    "An unknown key beside the scope is ignored.",
    changesScopes((scope) => {
      if (typeof scope !== "object" || scope === null || !("user" in scope)) return scope;
      const { user: _, ...rest } = scope as Scope & { user: unknown };
      return rest as Scope;
    }),
  ),
  engine(
    "has-a-default-organization",
    "A call without an organization goes to a default one.",
    changesScopes((scope) =>
      scope && typeof scope === "object" && !Array.isArray(scope) && scope.orgId === undefined
        ? { ...scope, orgId: "default" }
        : scope,
    ),
  ),
  engine("forgets-the-run", "The run is stamped on writing and forgotten on reading.", (_, original) => ({
    search: (query: string, scope: Scope & SearchOptions) => {
      const { runId, ...rest } = scope;
      return original.search(query, runId === undefined ? scope : { ...rest, levels: "within" });
    },
  })),
  engine("takes-stars", "A star as user means every user.", (_, original) => ({
    search: (query: string, scope: Scope) =>
      original.search(query, scope?.userId === "*" ? { orgId: scope.orgId, levels: "within" } : scope),
  })),
  engine("caches-searches", "Results are cached by the query.", (_, original) => {
    const cache = new Map<string, unknown>();
    return {
      async search(query: string, scope: Scope) {
        const answer = cache.get(query) ?? (await original.search(query, scope));
        cache.set(query, answer);
        return answer;
      },
    };
  }),
  engine(
    "deduplicates-globally",
    "A text that somebody has stored is not stored again for anybody.",
    (_, original) => {
      const known = new Map<string, string>();
      return {
        async add(input: unknown, scope: Scope) {
          const id = typeof input === "string" ? known.get(input) : undefined;
          if (id !== undefined) return { results: [{ status: "unchanged", id, text: input }] };
          const added = await original.add(input as string, scope);
          for (const result of added.results) known.set(result.text, result.id);
          return added;
        },
      };
    },
  ),
  engine(
    "gets-anybodys",
    "An id opens its memory to whoever has it.",
    remembersOwners((owner, original) => ({
      scope: (scope: Scope) =>
        Object.assign(original.scope(scope), {
          get: (id: string) => original.get(id as string, owner(id) ?? scope),
        }),
    })),
  ),
  engine(
    "updates-anybodys",
    "An id lets whoever has it change the memory.",
    remembersOwners((owner, original) => ({
      scope: (scope: Scope) =>
        Object.assign(original.scope(scope), {
          update: (id: string, changes: object) => original.update(id, changes, owner(id) ?? scope),
        }),
    })),
  ),
  engine(
    "deletes-anybodys",
    "An id lets whoever has it delete the memory.",
    remembersOwners((owner, original) => ({
      scope: (scope: Scope) =>
        Object.assign(original.scope(scope), {
          delete: (id: string) => original.delete(id, owner(id) ?? scope),
        }),
    })),
  ),
  engine(
    "tells-anybodys-history",
    "The history of a memory is kept apart from it, without an owner.",
    remembersOwners((owner, original) => ({
      history: (id: string, scope: Scope) => original.history(id, owner(id) ?? scope),
      scope: (scope: Scope) =>
        Object.assign(original.scope(scope), {
          history: (id: string) => original.history(id, owner(id) ?? scope),
        }),
    })),
  ),
  engine(
    "forbids-instead-of-not-finding",
    'An id of somebody else is answered with "forbidden".',
    remembersOwners((owner, original) => ({
      scope: (scope: Scope) => {
        const handle = original.scope(scope);
        const update = handle.update.bind(handle) as (id: string, changes: object) => Promise<unknown>;
        return Object.assign(handle, {
          update: (id: string, changes: object) => {
            const owned = owner(id);
            if (owned && owned.orgId !== scope.orgId)
              return Promise.reject(new Error("This memory is not yours."));
            return update(id, changes);
          },
        });
      },
    })),
  ),
  engine(
    "moves-on-update",
    "Changing a memory writes it anew, at the scope of whoever changes it.",
    (_, original) => ({
      async update(id: string, changes: { text?: string }, scope: Scope) {
        const result = await original.update(id, changes, scope);
        if (changes.text !== undefined && scope.userId === undefined)
          await original.add(changes.text, { orgId: scope.orgId });
        return result;
      },
    }),
  ),
  engine("replays-cursors-of-others", "A cursor carries its listing, whoever uses it.", (_, original) => {
    const listings = new Map<string, Scope>();
    return {
      async list(scope: Scope & { cursor?: string }) {
        const page = await original.list(
          scope.cursor === undefined
            ? scope
            : { ...(listings.get(scope.cursor) ?? scope), cursor: scope.cursor },
        );
        if (page.cursor !== undefined) listings.set(page.cursor, scope);
        return page;
      },
    };
  }),
  engine(
    "comes-back-on-write",
    "A late write to an organization that has left creates it anew.",
    (_, original) => ({
      add: (input: string, scope: Scope) =>
        original.add(input, scope).catch(async (error: { code?: string }) => {
          if (error.code !== "ORGANIZATION_GONE") throw error;
          await original.organization(scope.orgId).onboard();
          return original.add(input, scope);
        }),
    }),
  ),
  engine(
    "offboards-by-prefix",
    "Offboarding ends every organization whose name begins alike.",
    organizations((orgId, original) => ({
      async offboard() {
        const { organizations } = await original.organizations();
        for (const other of organizations)
          if (other.state === "active" && other.orgId !== orgId && other.orgId.startsWith(orgId))
            await original.organization(other.orgId).offboard();
        return original.organization(orgId).offboard();
      },
    })),
  ),
  engine("reads-after-leaving", "Only writes are refused after an organization has left.", (_, original) => ({
    search: (query: string, scope: Scope) =>
      original
        .search(query, scope)
        .catch((error: { code?: string }) =>
          error.code === "ORGANIZATION_GONE" ? [] : Promise.reject(error),
        ),
  })),
  engine(
    "keeps-a-current-organization",
    "The organization is kept on the memory while a call waits.",
    (_, original) => {
      let current: Scope | undefined;
      return {
        async search(query: string, scope: Scope) {
          current = scope;
          await Promise.resolve();
          return original.search(query, current);
        },
      };
    },
  ),
  engine("learns-from-everybody", "Scores depend on how many texts were added by anybody.", (_, original) => {
    let added = 0;
    return {
      add: (input: string, scope: Scope) => {
        added += 1;
        return original.add(input, scope);
      },
      search: async (query: string, scope: Scope) =>
        (await original.search(query, scope)).map((hit) => ({ ...hit, score: hit.score + added / 1e6 })),
    };
  }),
  engine("lets-filters-name-users", "A filter on userId chooses the user.", (_, original) => ({
    list: (scope: Scope & { filter?: Record<string, string> }) => {
      const { filter, ...rest } = scope;
      return typeof filter?.userId === "string"
        ? original.list({ ...rest, userId: filter.userId })
        : original.list(scope);
    },
  })),
  batchesEmbeddings,
  engine("takes-failure-for-success", "A write that failed is reported as done.", (_, original) => ({
    add: (input: string | readonly string[], scope: Scope) =>
      original.add(input, scope).catch((error: { code?: string }) => {
        if (error.code !== "STORE_FAILURE" && error.code !== "PARTIAL_WRITE") throw error;
        return { results: [input].flat().map((text) => ({ status: "added", id: "made-up", text })) };
      }),
  })),
  engine(
    "signs-receipts-unseen",
    "Offboarding answers with a receipt whatever happened.",
    organizations((orgId, original) => ({
      offboard: () =>
        original
          .organization(orgId)
          .offboard()
          .catch(() => ({ orgId, checks: ["it should be gone"], residue: [], memories: 2 })),
    })),
  ),
  engine(
    "answers-the-last-caller",
    "Two callers at once get the answer of the one that asked last.",
    (_, original) => {
      let latest: Promise<unknown> | undefined;
      return {
        async search(query: string, scope: Scope) {
          const own = original.search(query, scope);
          latest = own;
          await own;
          return latest;
        },
      };
    },
  ),
  engine("obeys-texts", "A text that names an organization is stored there.", (_, original) => ({
    add: (input: string, scope: Scope) => {
      const named = typeof input === "string" ? /orgId: (\w+)/.exec(input)?.[1] : undefined;
      return original.add(input, named ? { orgId: named } : scope);
    },
  })),
];
