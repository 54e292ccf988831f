import type { Embedder, Scope } from "@loci/core";
import type { PromptMessage } from "@loci/core/model";
import { Memory } from "@loci/core/testing";
import { engine, remembersOwners } from "./engine-saboteur.ts";
import { RightStore } from "./right-store.ts";
import type { Saboteur } from "./saboteur.ts";

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

/** Memories that give one caller what another one is to get. */
export const engineAnswerSaboteurs: readonly Saboteur[] = [
  sharesOneChat,
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
  batchesEmbeddings,
  engine("takes-failure-for-success", "A write that failed is reported as done.", (_, original) => ({
    add: (input: string | readonly string[], scope: Scope) =>
      original.add(input, scope).catch((error: { code?: string }) => {
        if (error.code !== "STORE_FAILURE" && error.code !== "PARTIAL_WRITE") throw error;
        return { results: [input].flat().map((text) => ({ status: "added", id: "made-up", text })) };
      }),
  })),
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
];
