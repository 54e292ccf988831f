import { chosenEffort } from "@loci/backends";
import { defineKeyProvider, inMemory, LociError, type VectorStore } from "@loci/core";
import type { NamespaceKey } from "@loci/core/store";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { dyingAt } from "./dying-store.ts";
import { fakeLetterEmbedder, fakeWideEmbedder } from "./letter-embedder.ts";
import { fakeMasterKeys } from "./master-keys.ts";
import { engineStores } from "./stores.ts";

const orgId = "acme";
/** How many steps lie between two that are killed. */
const stride = Math.max(1, Math.round(180 / chosenEffort().traces));

/** Notes which namespaces are made for the organization. */
function noting(made: Set<NamespaceKey>, store: VectorStore): VectorStore {
  return {
    specVersion: 1,
    name: store.name,
    capabilities: store.capabilities,
    open(request) {
      if (request.create?.orgId.endsWith(orgId)) made.add(request.key);
      return store.open(request);
    },
    drop: (request) => store.drop(request),
    ...(store.leftovers ? { leftovers: async (request) => (await store.leftovers?.(request)) ?? [] } : {}),
    close: () => store.close(),
  };
}

describe.each(engineStores)(
  "the namespaces of an organization on $name",
  { timeout: 600_000 },
  ({ make }) => {
    const operations: Readonly<Record<string, (memory: Memory) => Promise<unknown>>> = {
      onboard: (memory) => memory.organization("new-acme").onboard(),
      import: async (memory) => memory.organization("new-acme").import(await dumpOf(), { from: "source" }),
      move: (memory) => memory.organization(orgId).move({ to: { cell: "there" } }),
      reembed: (memory) => memory.organization(orgId).reembed({ embedder: wide }),
      "confirm a re-embedding": async (memory) => {
        await memory.organization(orgId).reembed({ embedder: wide });
        await memory.organization(orgId).confirm();
      },
      "revert a re-embedding": async (memory) => {
        await memory.organization(orgId).reembed({ embedder: wide });
        await memory.organization(orgId).revert();
      },
      rotateKey: (memory) => memory.organization(orgId).rotateKey(),
      cancelMigration: async (memory) => {
        const ended = AbortSignal.timeout(1);
        await memory
          .organization(orgId)
          .move({ to: { cell: "there" }, signal: ended })
          .catch(() => {});
        await memory.organization(orgId).cancelMigration();
      },
      offboard: (memory) => memory.organization(orgId).offboard(),
    };
    const narrow = fakeLetterEmbedder();
    const wide = fakeWideEmbedder();
    const dumpOf = async () => {
      const source = new Memory({ store: inMemory(), embedder: narrow });
      await source.add(["one", "two"], { orgId: "source" });
      return source.organization("source").export();
    };

    it.each(Object.keys(operations))(
      "are those that the registry lists, after every kill of: %s",
      async (what) => {
        const operate = operations[what] as (memory: Memory) => Promise<unknown>;
        const org = ["onboard", "import"].includes(what) ? "new-acme" : orgId;
        for (const when of ["before", "after"] as const) {
          for (let last = 1; ; last += stride) {
            const made = new Set<NamespaceKey>();
            const [here, there, masters] = [make(), inMemory(), fakeMasterKeys()];
            const keys = defineKeyProvider("masters", masters);
            const open = (seen = (store: VectorStore) => store) =>
              new Memory({
                cells: {
                  here: { store: seen(noting(made, here)), ceiling: 1 },
                  there: { store: seen(noting(made, there)) },
                },
                registry: seen(here),
                embedder: narrow,
                formerEmbedders: [wide],
                keys,
              });
            const living = open();
            if (org === orgId) await living.add(["one", "two"], { orgId });
            const dying = dyingAt(last, when);
            const ended = await operate(open(dying.mortal)).then(
              () => true,
              () => false,
            );
            const agree = async (memory: Memory) => {
              const listed = await memory.organization(org).namespaces();
              const open = new Set(
                listed.filter(({ removedAt }) => !removedAt).map(({ namespace }) => namespace),
              );
              for (const key of made) {
                const left = await Promise.all([here, there].map((store) => store.leftovers?.({ key })));
                const isThere = left.flat().length > 0;
                expect(
                  listed.map(({ namespace }) => namespace),
                  `${when} ${last}`,
                ).toContain(key);
                if (isThere) expect(open, `${when} ${last}: what is there`).toContain(key);
              }
              return open;
            };
            const next = open();
            await agree(next);
            // It is begun again, or something else is done: what was half made is found.
            await new Promise((resolve) => setTimeout(resolve, 1));
            await operate(next).catch((error: unknown) => {
              if (!LociError.isInstance(error)) throw error;
            });
            await agree(next);
            await next.organization(org).offboard();
            expect([...(await agree(next))], `${when} ${last}: after the end`).toEqual([]);
            for (const key of made)
              for (const store of [here, there])
                expect(await store.leftovers?.({ key }), `${when} ${last}`).toEqual([]);
            expect([...masters.kept.keys()].filter((owner) => owner.includes(`"${org}"`))).toEqual([]);
            await next.organization(org).onboard();
            await next.add("a new life", { orgId: org });
            expect((await next.list({ orgId: org })).memories.map(({ text }) => text)).toEqual([
              "a new life",
            ]);
            if (ended && dying.calls() < last) break;
          }
        }
      },
    );
  },
);
