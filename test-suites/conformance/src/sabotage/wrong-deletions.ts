import { everything } from "../fixtures.ts";
import type { NamedMistake } from "./named-mistake.ts";

/** Deletions that delete something else than they say. */
export const wrongDeletions: readonly NamedMistake[] = [
  {
    id: "deletes-500",
    does: "Deletes at most 500 records",
    calls: {
      delete: async ({ namespace, request, answer }) => {
        const { ids, versions } = request;
        if (ids) return answer({ ...request, ids: ids.slice(0, 500) });
        if (versions) return answer({ ...request, versions: versions.slice(0, 500) });
        const { scope, filter, signal } = request;
        const page = await namespace.list({
          scope,
          limit: 500,
          ...(filter ? { filter } : {}),
          ...(signal ? { signal } : {}),
        });
        return namespace.delete({ scope: everything, versions: page.records });
      },
    },
  },
  {
    id: "deletes-nothing",
    does: "Says how many records a deletion would delete, and deletes none",
    calls: {
      delete: async ({ namespace, request }) => {
        const { ids, versions, scope, filter, signal } = request;
        if (versions) return versions.length;
        if (ids) return (await namespace.get({ ids, scope, ...(signal ? { signal } : {}) })).length;
        return namespace.count({ scope, ...(filter ? { filter } : {}), ...(signal ? { signal } : {}) });
      },
    },
  },
  {
    id: "deletes-a-moment-later",
    does: "Answers a deletion a moment before it is done",
    calls: {
      delete: async ({ namespace, request, answer }) => {
        request.signal?.throwIfAborted();
        const { ids, versions, scope, filter } = request;
        const count = versions
          ? versions.length
          : ids
            ? (await namespace.get({ ids, scope })).length
            : await namespace.count({ scope, ...(filter ? { filter } : {}) });
        void new Promise((resolve) => setTimeout(resolve, 2)).then(() => answer()).catch(() => undefined);
        return count;
      },
    },
  },
  {
    id: "deletes-one-of-equal-ids",
    does: "Deletes one of the records that have an id",
    calls: {
      delete: async ({ namespace, request, answer }) => {
        const { ids, scope, signal } = request;
        if (!ids) return answer();
        const found = await namespace.get({ ids, scope, ...(signal ? { signal } : {}) });
        const versions = [...new Map(found.map((record) => [record.id, record])).values()];
        return namespace.delete({ scope: everything, versions });
      },
    },
  },
  {
    id: "deletes-what-is-shared",
    does: "Deletes what all users share along with what is one's own",
    calls: {
      delete: async ({ namespace, request, answer }) => {
        const deleted = await answer();
        const { ids, versions, filter, scope } = request;
        if (ids || versions || filter || scope.user === "any") return deleted;
        const all = await namespace.list({ scope: everything, limit: 1000 });
        await namespace.delete({
          scope: everything,
          versions: all.records.filter(({ scopeKey }) => scopeKey.user === ""),
        });
        return deleted;
      },
    },
  },
];
