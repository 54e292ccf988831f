import {
  type Namespace,
  type NamespaceKey,
  NamespaceNotFoundError,
  type StoredRecord,
} from "@loci/core/store";
import { everything } from "../fixtures.ts";
import { askOf, operations } from "./mixed-up-calls.ts";
import type { NamedMistake } from "./named-mistake.ts";

/** Namespaces that are opened or dropped wrongly. */
export const wrongOpenings: readonly NamedMistake[] = [
  {
    id: "creates-unasked",
    does: "Creates a namespace that is only to be opened",
    open: async (request, { store }) =>
      store.open(request).catch((error: unknown) => {
        if (!(error instanceof NamespaceNotFoundError)) throw error;
        return store.open({
          ...request,
          create: {
            kind: "organization",
            deployment: "",
            orgId: "",
            generation: 1,
            scheme: 1,
            embedder: null,
            createdAt: 0,
          },
        });
      }),
  },
  {
    id: "echoes-the-manifest",
    does: "Says that a namespace belongs to whoever opens it",
    open: async (request, { store }) => {
      const namespace = await store.open(request);
      return request.create ? withManifest(namespace, request.create) : namespace;
    },
  },
  {
    id: "keeps-manifests",
    does: "Remembers a manifest when a namespace was dropped and made again",
    open: async (request, { store, process }) => {
      const namespace = await store.open(request);
      const name = `manifest of ${request.key}`;
      if (!process.has(name)) process.set(name, namespace.manifest);
      return withManifest(namespace, process.get(name) as Namespace["manifest"]);
    },
  },
  {
    id: "creates-in-two-steps",
    does: "Looks for a namespace first and creates it a moment later",
    open: async (request, { store }) => {
      const { create: _, ...only } = request;
      const found = await store.open(only).catch(() => undefined);
      if (found || !request.create) return store.open(request);
      await new Promise((resolve) => setTimeout(resolve, 1));
      await store.drop({ key: request.key });
      return store.open(request);
    },
  },
  {
    id: "opens-a-neighbour",
    does: "Opens the last namespace where a name is unknown",
    open: async (request, { store, process }) => {
      const last = process.get("last") as NamespaceKey | undefined;
      process.set("last", request.key);
      return store.open(request).catch((error: unknown) => {
        if (!last || !(error instanceof NamespaceNotFoundError)) throw error;
        return store.open({ ...request, key: last });
      });
    },
  },
  {
    id: "ignores-aborted-openings",
    does: "Opens and drops although the signal is aborted",
    open: ({ signal: _, ...request }, { store }) => store.open(request),
    drop: ({ signal: _, ...request }, { store }) => store.drop(request),
  },
  {
    id: "drops-nothing",
    does: "Says that a namespace was dropped, and leaves it",
    drop: async ({ key, signal }, { store }) => {
      signal?.throwIfAborted();
      const dropped = await store.open({ key }).then(
        () => true,
        () => false,
      );
      return { dropped, residue: [] };
    },
  },
  {
    id: "empties-for-dropping",
    does: "Deletes the records of a namespace where it should drop it",
    drop: async ({ key, signal }, { store }) => {
      signal?.throwIfAborted();
      const namespace = await store.open({ key }).catch(() => undefined);
      await namespace?.delete({ scope: everything });
      return { dropped: namespace !== undefined, residue: [] };
    },
  },
  {
    id: "hides-for-dropping",
    does: "Hides a dropped namespace until it is made again",
    open: async (request, { store, process }) => {
      const hidden = `hidden ${request.key}`;
      if (process.get(hidden) && !request.create)
        throw new NamespaceNotFoundError("There is no such namespace.", { namespace: request.key });
      process.delete(hidden);
      return store.open(request);
    },
    drop: async ({ key, signal }, { store, process }) => {
      signal?.throwIfAborted();
      const dropped =
        !process.get(`hidden ${key}`) &&
        (await store.open({ key }).then(
          () => true,
          () => false,
        ));
      process.set(`hidden ${key}`, true);
      return { dropped, residue: [] };
    },
  },
  {
    id: "says-it-dropped",
    does: "Says that something was dropped where there was nothing",
    drop: async (request, { store }) => ({ ...(await store.drop(request)), dropped: true }),
  },
  {
    id: "says-it-dropped-nothing",
    does: "Says that nothing was dropped where there was something",
    drop: async (request, { store }) => ({ ...(await store.drop(request)), dropped: false }),
  },
  {
    id: "keeps-records-over-a-drop",
    does: "Brings back the records of a dropped namespace that is made again",
    drop: async (request, { store, process }) => {
      const namespace = await store.open({ key: request.key }).catch(() => undefined);
      if (namespace) process.set(`records of ${request.key}`, await everythingOf(namespace));
      return store.drop(request);
    },
    open: async (request, { store, process }) => {
      const namespace = await store.open(request);
      const left = process.get(`records of ${request.key}`) as readonly StoredRecord[] | undefined;
      process.delete(`records of ${request.key}`);
      if (left)
        await namespace.upsert({
          records: left.map(({ version: _, ...record }) => ({
            ...record,
            keywords: { own: [], before: [], after: [] },
          })),
        });
      return namespace;
    },
  },
  {
    id: "revives-old-handles",
    does: "Lets an old handle work again when its namespace was dropped and made again",
    open: async (request, { store, process }) => {
      const latest = `latest of ${request.key}`;
      const own = await store.open(request);
      process.set(latest, own);
      return latestOf(own, () => process.get(latest) as Namespace);
    },
  },
];

/** The same namespace with other words on its door. */
function withManifest(namespace: Namespace, manifest: Namespace["manifest"]): Namespace {
  return { ...latestOf(namespace, () => namespace), manifest };
}

/** A namespace whose calls go to whichever is the latest. */
function latestOf(own: Namespace, latest: () => Namespace): Namespace {
  const calls = operations
    .filter((operation) => own[operation] !== undefined)
    .map((operation) => [operation, (request: unknown) => askOf(latest(), operation)(request)]);
  return { manifest: own.manifest, ...Object.fromEntries(calls) } as Namespace;
}

async function everythingOf(namespace: Namespace): Promise<readonly StoredRecord[]> {
  return (await namespace.list({ scope: everything, limit: 1000, vectors: true })).records;
}
