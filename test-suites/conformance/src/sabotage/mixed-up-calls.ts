import { type Namespace, NamespaceNotFoundError, scopeFilter } from "@loci/core/store";
import type { Call, Operation, WrongCalls } from "./mistake.ts";
import type { NamedMistake } from "./named-mistake.ts";

export const operations: readonly Operation[] = [
  "upsert",
  "search",
  "searchText",
  "get",
  "list",
  "delete",
  "count",
];

/** Calls that are answered with what belongs to others, or to nobody. */
export const mixedUpCalls: readonly NamedMistake[] = [
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

/** Asks a namespace by the name of an operation. */
export function askOf(namespace: Namespace, operation: Operation): (request: unknown) => Promise<unknown> {
  const method = namespace[operation] as ((request: never) => Promise<unknown>) | undefined;
  return (request) => (method as (request: unknown) => Promise<unknown>).call(namespace, request);
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
