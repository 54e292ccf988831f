/**
 * Where a memory belongs: one organization, and a scope inside it.
 * @example
 * ```ts
 * const scope: Scope = { orgId: "acme", userId: "alice" };
 * await memory.scope(scope).add("I moved to Berlin");
 * ```
 */
export interface Scope extends InnerScope {
  /** The tenant. It selects a namespace of its own in the backend. 1 to 256 UTF-8 bytes, compared exactly. */
  readonly orgId: string;
}

/**
 * `multi`: every call names its organization. `single`: there is one namespace and no organization.
 * @example
 * ```ts
 * const memory = new Memory({ store: inMemory(), tenancy: "single" });
 * await memory.scope({ userId: "alice" }).add("I moved to Berlin");
 * ```
 */
export type Tenancy = "multi" | "single";

/** A scope inside an organization. An absent field means "shared at this level". */
export interface InnerScope {
  /** A person. 1 to 256 UTF-8 bytes, compared exactly. */
  readonly userId?: string;
  /** An agent or assistant. 1 to 256 UTF-8 bytes, compared exactly. */
  readonly agentId?: string;
  /** One session or task. 1 to 256 UTF-8 bytes, compared exactly. */
  readonly runId?: string;
}

/** The scope that a call takes: with `tenancy: "single"` there is no organization to name. */
export type ScopeFor<T extends Tenancy> = T extends "single" ? InnerScope : Scope;

/**
 * Which memories a read sees, from its scope:
 * - `visible` (the default): those at the scope and those above it;
 * - `own`: those at exactly the scope;
 * - `within`: those at the scope and everything below it, for an export or an administrator.
 * @example
 * ```ts
 * const levels: Levels = "within";
 * const { memories } = await memory.scope({ orgId: "acme" }).list({ levels });
 * ```
 */
export type Levels = "visible" | "own" | "within";
