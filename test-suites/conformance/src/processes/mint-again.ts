import { type ScopeFilter, scopeFilter } from "@loci/core/store";

/** A request with the scope filter that core has minted in another process: its mark does not come across. */
export function mintAgain<R extends { readonly scope?: unknown }>(request: R): R {
  if (request?.scope === undefined) return request;
  const { user, agent, run } = request.scope as ScopeFilter;
  const levels = [user, agent, run];
  const kind = levels.includes("any")
    ? "within"
    : levels.every((allowed) => allowed.length === 1)
      ? "own"
      : "visible";
  const idOf = (allowed: ScopeFilter["user"]) => (allowed === "any" ? "" : (allowed.at(-1) ?? ""));
  const scope = { userId: idOf(user), agentId: idOf(agent), runId: idOf(run) };
  const given = Object.fromEntries(Object.entries(scope).filter(([, id]) => id !== ""));
  return { ...request, scope: scopeFilter(given, kind) };
}
