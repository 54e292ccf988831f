import type { Scope } from "@loci/core";
import { NamespaceNotFoundError, type VectorStore } from "@loci/core/store";
import { Memory } from "@loci/core/testing";
import { configured, engine, organizations, scopes } from "./engine-saboteur.ts";
import { RightStore } from "./right-store.ts";
import type { Saboteur } from "./saboteur.ts";

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

/** Memories that go wrong where organizations come, move and go. */
export const engineLifeSaboteurs: readonly Saboteur[] = [
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
];
