import {
  type Namespace,
  type NamespaceKey,
  NamespaceNotFoundError,
  type StoredRecord,
  scopeFilter,
} from "@loci/core/store";
import { everything } from "../fixtures.ts";
import type { Call, Operation, WrongCalls } from "./mistake.ts";
import type { NamedMistake } from "./named-mistake.ts";

const operations: readonly Operation[] = ["upsert", "search", "searchText", "get", "list", "delete", "count"];

/** Namespaces that are opened, dropped or taken for each other in a wrong way. */
export const wrongHandles: readonly NamedMistake[] = [
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
  {
    id: "answers-nothing-after-a-drop",
    does: "Answers that a dropped namespace is empty",
    calls: whereNotFound({
      list: async () => ({ records: [] }),
      search: async () => [],
      searchText: async () => [],
      get: async () => [],
      count: async () => 0,
    }),
  },
  {
    id: "acknowledges-after-a-drop",
    does: "Acknowledges writes and deletions in a dropped namespace",
    calls: whereNotFound({ upsert: async () => [], delete: async () => 0 }),
  },
  {
    id: "asks-the-latest-namespace",
    does: "Asks the namespace that was asked last",
    calls: Object.fromEntries(
      operations.map((operation) => [
        operation,
        async (call: Call) => {
          const last = (call.process.get("last namespace") ?? call.namespace) as Namespace;
          call.process.set("last namespace", call.namespace);
          return askOf(last, operation)(call.request);
        },
      ]),
    ) as WrongCalls,
  },
  {
    id: "keeps-the-latest-reach",
    does: "Keeps the reach on the store while a call waits",
    calls: Object.fromEntries(
      operations
        .filter((operation) => operation !== "upsert")
        .map((operation) => [
          operation,
          async (call: Call) => {
            call.process.set(`reach of ${operation}`, (call.request as { scope: unknown }).scope);
            await Promise.resolve();
            return call.answer({
              ...call.request,
              scope: call.process.get(`reach of ${operation}`),
            } as never);
          },
        ]),
    ) as WrongCalls,
  },
  {
    id: "shares-running-answers",
    does: "Gives calls that run at the same time one answer",
    calls: Object.fromEntries(
      (["search", "searchText", "get", "list", "count"] as const).map((operation) => [
        operation,
        async (call: Call) => {
          const name = `running ${operation}`;
          const running =
            (call.process.get(name) as Promise<unknown> | undefined) ??
            new Promise((resolve) => setTimeout(resolve, 0))
              .then(() => call.answer())
              .finally(() => call.process.delete(name));
          call.process.set(name, running);
          return running;
        },
      ]),
    ) as WrongCalls,
  },
  {
    id: "ignores-aborted-calls",
    does: "Answers although the signal is aborted",
    calls: Object.fromEntries(
      (["search", "searchText", "get", "list", "count"] as const).map((operation) => [
        operation,
        ({ request, answer }: Call) => {
          const { signal: _, ...rest } = request;
          return answer(rest as never);
        },
      ]),
    ) as WrongCalls,
  },
  {
    id: "takes-forged-reaches",
    does: "Takes whatever has the shape of a reach, and none for everything",
    calls: Object.fromEntries(
      operations
        .filter((operation) => operation !== "upsert")
        .map((operation) => [
          operation,
          ({ request, answer }: Call) => {
            const { scope } = request as { scope?: { user?: unknown } };
            return answer(
              (scope?.user && Object.getOwnPropertySymbols(scope).length > 0
                ? request
                : { ...request, scope: scopeFilter({}, "within") }) as never,
            );
          },
        ]),
    ) as WrongCalls,
  },
];

function askOf(namespace: Namespace, operation: Operation): (request: unknown) => Promise<unknown> {
  const method = namespace[operation] as ((request: never) => Promise<unknown>) | undefined;
  return (request) => (method as (request: unknown) => Promise<unknown>).call(namespace, request);
}

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

/** Answers of its own where the namespace is gone. */
function whereNotFound(answers: { readonly [O in Operation]?: () => Promise<unknown> }): WrongCalls {
  return Object.fromEntries(
    Object.entries(answers).map(([operation, instead]) => [
      operation,
      (call: Call) =>
        call.answer().catch((error: unknown) => {
          if (error instanceof NamespaceNotFoundError) return instead();
          throw error;
        }),
    ]),
  ) as WrongCalls;
}

async function everythingOf(namespace: Namespace): Promise<readonly StoredRecord[]> {
  return (await namespace.list({ scope: everything, limit: 1000, vectors: true })).records;
}
