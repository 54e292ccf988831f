import {
  defineKeyProvider,
  type Embedder,
  inMemory,
  type KeyOwner,
  type MasterKeys,
  type Memory,
  type Scope,
  type VectorStore,
} from "@loci/core";
import { type Namespace, namespaceKey, scopeFilter } from "@loci/core/store";
import type { ConformanceCase } from "../conformance-case.ts";
import { letterEmbedder, nameOfScope, textsOfItems } from "../engine-fixtures.ts";
import { Canaries } from "../oracles/canary.ts";
import { outcomeOf } from "../oracles/outcome.ts";

const writers: readonly Scope[] = [
  { orgId: "acme" },
  { orgId: "acme", userId: "alice" },
  { orgId: "rival" },
  { orgId: "rival", userId: "alice" },
];

/** A store between the memory and the real one, which notes what it is asked, and may be down. */
function watched(store: VectorStore): { store: VectorStore; asked: string[]; isDown: boolean } {
  const state = { store, asked: [] as string[], isDown: false };
  const note = <T>(what: string, run: () => Promise<T>): Promise<T> => {
    state.asked.push(what);
    return state.isDown ? Promise.reject(new Error("The backend of this region is down.")) : run();
  };
  const watch = (namespace: Namespace): Namespace => ({
    manifest: namespace.manifest,
    upsert: (request) => note("upsert", () => namespace.upsert(request)),
    search: (query) => note("search", () => namespace.search(query)),
    ...(namespace.searchText
      ? { searchText: (query) => note("searchText", async () => (await namespace.searchText?.(query)) ?? []) }
      : {}),
    get: (request) => note("get", () => namespace.get(request)),
    list: (query) => note("list", () => namespace.list(query)),
    delete: (request) => note("delete", () => namespace.delete(request)),
    count: (request) => note("count", () => namespace.count(request)),
  });
  state.store = {
    specVersion: 1,
    name: store.name,
    capabilities: store.capabilities,
    open: (request) => note("open", async () => watch(await store.open(request))),
    drop: (request) => note("drop", () => store.drop(request)),
    close: () => store.close(),
  };
  return state;
}

async function everything(memory: Memory, orgId: string): Promise<string> {
  const { memories } = await memory.list({ orgId, levels: "within", limit: 1000 });
  return JSON.stringify(memories.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
}

/** Masters in this process, and whom they were asked for. */
function masterKeys(): MasterKeys & { readonly owners: Set<string | null> } {
  const kept = new Map<string | null, Uint8Array>();
  const owners = new Set<string | null>();
  return {
    owners,
    find: async ({ orgId }: KeyOwner) => {
      owners.add(orgId);
      return kept.get(orgId);
    },
    async add({ orgId }, master) {
      kept.set(orgId, master);
      return master;
    },
    destroy: async ({ orgId }) => void kept.delete(orgId),
  };
}

/** That an organization stays its own wherever it goes, and however it is kept. */
export const engineMigrations: readonly ConformanceCase[] = [
  {
    id: "moves-leave-nothing-behind",
    claim:
      "An organization that moves is whole where it goes, gone from the store that it leaves, and its neighbour is what it was.",
    level: "isolation",
    layer: "engine",
    async run({ store, memory: make, check }) {
      const registry = inMemory();
      const canaries = new Canaries();
      const here = { here: { store } };
      const cells = { ...here, there: { store: inMemory() } };
      const first = make({ cells: here, registry });
      for (const writer of writers) await first.add(canaries.make(nameOfScope(writer)).text, writer);
      const [acme, rival] = [await everything(first, "acme"), await everything(first, "rival")];
      const memory = make({ cells, registry });
      const receipt = await memory.organization("acme").move({ to: { cell: "there" } });
      check(receipt.memories === 2, () => `${receipt.memories} memories were moved, there were 2.`, false);
      check(
        (await everything(memory, "acme")) === acme,
        () => "Acme is not what it was before it moved.",
        false,
      );
      check(
        (await everything(memory, "rival")) === rival,
        () => "Rival is not what it was before Acme moved.",
        false,
      );
      const key = namespaceKey({ kind: "organization", deployment: "default", orgId: "acme", generation: 1 });
      const left = await outcomeOf(async () => {
        const namespace = await store.open({ key });
        return (await namespace.list({ scope: scopeFilter({}, "within"), limit: 10 })).records.length;
      });
      check(
        left.includes("NAMESPACE_NOT_FOUND"),
        () => `In the store that Acme has left is still: ${left}`,
        false,
      );
    },
  },
  {
    id: "regions-keep-to-themselves",
    claim:
      "Nothing of an organization is asked of another region's store, whatever is done, and not when its own is down either.",
    level: "isolation",
    layer: "engine",
    async run({ store, memory: make, check }) {
      const [eu, us] = [watched(store), watched(inMemory())];
      const options = store.capabilities.keyword ? {} : { embedder: letterEmbedder };
      const memory = make({
        regions: { eu: { store: eu.store, ...options }, us: { store: us.store, ...options } },
        registry: inMemory(),
      });
      const acme = { orgId: "acme", userId: "alice" };
      await memory.organization("acme").onboard({ region: "eu" });
      const { results } = await memory.add("I live in Bonn", acme);
      const operations: Readonly<Record<string, () => Promise<unknown>>> = {
        add: () => memory.add("I live in Berlin", acme),
        search: () => memory.search("Berlin", acme),
        get: () => memory.get(results[0]?.id ?? "", acme),
        list: () => memory.list(acme),
        update: () => memory.update(results[0]?.id ?? "", { text: "I live in Rome" }, acme),
        history: () => memory.history(results[0]?.id ?? "", acme),
        export: async () => new Response(await memory.scope(acme).export()).text(),
        forget: () => memory.scope(acme).forget(),
        onboard: () => memory.organization("acme").onboard({ region: "eu" }),
      };
      for (const isDown of [false, true]) {
        eu.isDown = isDown;
        for (const [operation, run] of Object.entries(operations)) {
          const outcome = await outcomeOf(run);
          const state = isDown ? "down" : "up";
          check(
            us.asked.length === 0,
            () =>
              `In ${operation}, with its own region ${state}, the other was asked to ${us.asked.join(", ")}.`,
          );
          check(
            isDown === outcome.includes("STORE_FAILURE") || operation === "onboard",
            () => `${operation}, with its own region ${state}, was answered with ${outcome}.`,
            false,
          );
        }
      }
    },
  },
  {
    id: "re-embeddings-lose-nothing",
    claim:
      "What another process writes, changes and deletes while an organization is re-embedded holds afterwards, for every process.",
    level: "isolation",
    layer: "engine",
    async run({ store, memory: make, check }) {
      const started = Promise.withResolvers<void>();
      const written = Promise.withResolvers<void>();
      const wanted: Embedder = {
        ...letterEmbedder,
        id: "other-letters",
        describe: async () => ({ ...(await letterEmbedder.describe()), id: "other-letters" }),
        async embed(texts, options) {
          started.resolve();
          await written.promise;
          return letterEmbedder.embed(texts, options);
        },
      };
      const acme = { orgId: "acme", userId: "alice" };
      const old = { store, embedder: letterEmbedder };
      const before = make(old);
      const { results } = await before.add(["to be deleted", "to be changed", "to stay"], acme);
      const [deleted = "", changed = ""] = results.map(({ id }) => id);
      const both = { store, embedder: wanted, formerEmbedders: [letterEmbedder] };
      const reembedding = make(both).organization("acme").reembed();
      reembedding.catch(() => written.resolve());
      await Promise.race([started.promise, reembedding]);
      await before.delete(deleted, acme);
      await before.update(changed, { text: "changed meanwhile" }, acme);
      await before.add("added meanwhile", acme);
      written.resolve();
      await reembedding;
      const seen = textsOfItems((await make(both).list(acme)).memories).join(", ");
      check(
        seen === "added meanwhile, changed meanwhile, to stay",
        () => `After the re-embedding Alice sees: ${seen}`,
      );
    },
  },
  {
    id: "keys-are-each-their-own",
    claim:
      "Two organizations have two keys: the store holds no text of either, and the end of one's key is not the other's.",
    level: "isolation",
    layer: "engine",
    async run({ store, memory: make, check }) {
      const canaries = new Canaries();
      const masters = masterKeys();
      const keys = defineKeyProvider("conformance", masters);
      const memory = make({ keys });
      for (const writer of writers) await memory.add(canaries.make(nameOfScope(writer)).text, writer);
      for (const orgId of ["acme", "rival"]) {
        const key = namespaceKey({ kind: "organization", deployment: "default", orgId, generation: 1 });
        const page = await (await store.open({ key })).list({ scope: scopeFilter({}, "within"), limit: 100 });
        const found = canaries.foundIn(page.records).map(({ writer }) => writer);
        check(found.length === 0, () => `The store holds, unencrypted, what ${found.join(" and ")} wrote.`);
        check(
          masters.owners.has(orgId),
          () => `Keys were asked for ${[...masters.owners].join(", ")}, and not for ${orgId}.`,
          false,
        );
      }
      const rival = await everything(memory, "rival");
      await memory.organization("acme").offboard();
      const after = await outcomeOf(() => everything(make({ keys }), "rival"));
      check(
        after.includes(JSON.stringify(rival).slice(1, -1)) || after.includes(rival),
        () => `After Acme's key was destroyed, Rival reads: ${after.slice(0, 200)}`,
        false,
      );
    },
  },
];
