import type { MemoryOptions, MemoryScope, Organization, Scope } from "@loci/core";
import { Memory } from "@loci/core/testing";
import { RightStore } from "./right-store.ts";
import type { Saboteur } from "./saboteur.ts";

/** Core's memory with some of its methods replaced. Its types do not matter here: that is where such bugs hide. */
export type Sabotage = (
  memory: Memory,
  original: Memory,
) => Partial<Record<keyof Memory, (...given: never[]) => unknown>>;

export function engine(id: string, bug: string, sabotage: Sabotage): Saboteur {
  const makeMemory = (options: MemoryOptions) => {
    const original = new Memory(options);
    const memory = new Memory(options);
    return Object.assign(memory, sabotage(memory, original));
  };
  return { id, bug, layer: "engine", level: "isolation", makeStore: () => new RightStore(), makeMemory };
}

type Replaced<Handle> = Partial<Record<keyof Handle, (...given: never[]) => unknown>>;

/** Replaces methods of the handle of every organization. */
export function organizations(
  replace: (orgId: string, original: Memory) => Replaced<Organization>,
): Sabotage {
  return (_, original) => ({
    organization: (orgId: string) => Object.assign(original.organization(orgId), replace(orgId, original)),
  });
}

/** Replaces methods of the handle of every scope. */
export function scopes(replace: (scope: Scope, original: Memory) => Replaced<MemoryScope>): Sabotage {
  return (_, original) => ({
    scope: (scope: Scope) => Object.assign(original.scope(scope), replace(scope, original)),
  });
}

/** Remembers where each memory was written, in whichever instance. */
export function remembersOwners(
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

/** A memory whose options are changed first. */
export function configured(
  id: string,
  bug: string,
  change: (options: MemoryOptions) => MemoryOptions,
): Saboteur {
  return {
    id,
    bug,
    layer: "engine",
    level: "isolation",
    makeStore: () => new RightStore(),
    makeMemory: (options) => new Memory(change(options)),
  };
}
