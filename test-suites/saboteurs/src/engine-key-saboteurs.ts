import type { IdOrKey, Scope } from "@loci/core";
import { engine, scopes } from "./engine-saboteur.ts";
import type { Saboteur } from "./saboteur.ts";

type Keyed = Scope & { readonly key?: string; readonly keyPrefix?: string };

/** The scope of a call, without its options. */
function scopeOf({ orgId, userId, agentId, runId }: Keyed): Scope {
  return JSON.parse(JSON.stringify({ orgId, userId, agentId, runId }));
}

/** Memories that take one key for another. */
export const engineKeySaboteurs: readonly Saboteur[] = [
  engine(
    "finds-a-key-of-the-organization",
    "A key that a scope does not have is looked for in the whole organization.",
    scopes((scope, original) => ({
      async get(name: IdOrKey) {
        const found = await original.get(name, scope);
        if (found || typeof name === "string") return found;
        const everything = { orgId: scope.orgId, levels: "within", keyPrefix: name.key } as const;
        return (await original.list(everything)).memories[0] ?? null;
      },
    })),
  ),
  engine(
    "deletes-a-key-below",
    "A key is deleted at the scope and at every one below it.",
    scopes((scope, original) => ({
      async delete(name: IdOrKey) {
        if (typeof name === "string") return original.delete(name, scope);
        const { memories } = await original.list({ ...scope, levels: "within", keyPrefix: name.key });
        const own = memories.filter(({ key }) => key === name.key);
        return own.length > 0
          ? original.scope(scope).deleteMany(own.map(({ id }) => id))
          : original.delete(name, scope);
      },
    })),
  ),
  engine(
    "says-whose-a-key-is",
    "A key of somebody else is refused in other words than one that nobody has.",
    scopes((scope, original) => ({
      async update(name: IdOrKey, patch: object) {
        return original.update(name, patch, scope).catch(async (error: unknown) => {
          if (typeof name === "string") throw error;
          const elsewhere = { orgId: scope.orgId, levels: "within", keyPrefix: name.key } as const;
          if ((await original.list(elsewhere)).memories.length === 0) throw error;
          throw new Error(`The key ${name.key} is somebody else's.`);
        });
      },
    })),
  ),
  {
    ...engine(
      "takes-prefixes-for-letters",
      "A prefix finds every key that begins with it.",
      (_, original) => ({
        async list(given: Keyed) {
          const { keyPrefix, ...scope } = given ?? {};
          if (keyPrefix === undefined) return original.list(given);
          const { memories } = await original.list({ ...scope, limit: 1000 });
          return { memories: memories.filter(({ key }) => key?.startsWith(keyPrefix.replace(/\/$/, ""))) };
        },
      }),
    ),
    level: "core",
  },
  {
    ...engine(
      "adds-a-key-anew",
      "A text under a key is another memory than the one before.",
      (_, original) => {
        let times = 0;
        return {
          async add(input: string, given: Keyed) {
            if (given?.key === undefined || !(await original.get({ key: given.key }, scopeOf(given))))
              return original.add(input, given);
            times += 1;
            return original.add(input, { ...given, key: `${given.key}/${times}` });
          },
        };
      },
    ),
    level: "core",
  },
  {
    ...engine(
      "replaces-a-key-it-has-not-seen",
      "A key that was not there is cleared and written, whoever has added it meanwhile.",
      (_, original) => ({
        async add(input: string, given: Keyed) {
          const name = given?.key === undefined ? undefined : { key: given.key };
          if (name && !(await original.get(name, scopeOf(given)))) {
            // As long as a call takes to a server.
            await new Promise((resolve) => setTimeout(resolve, 1));
            await original.delete(name, scopeOf(given));
          }
          return original.add(input, given);
        },
      }),
    ),
    level: "core",
  },
];
