import { inMemory, Memory } from "@loci/core";
import { Memory as QuickMemory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { inferringMemory } from "./inferring-memory.ts";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { fact, fakeScriptedModel } from "./scripted-model.ts";
import { engineStores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const bob = { orgId: "acme", userId: "bob" };
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text).sort();

describe.each(engineStores)(
  "inference beside other calls on $name",
  { timeout: 300_000 },
  ({ make, name }) => {
    const setUp = inferringMemory(make, name);

    it("keeps nobody waiting, and leaves alone what was changed while the model thought", async () => {
      const thinking = Promise.withResolvers<void>();
      const answer = Promise.withResolvers<void>();
      const model = fakeScriptedModel(async ({ known }) => {
        thinking.resolve();
        await answer.promise;
        return { facts: known.map(({ memory, text }) => fact(`not ${text}`, memory)), removes: [] };
      });
      const memory = setUp(model);
      const raw = { infer: false } as const;
      const { results: own } = await memory.add(["one", "two", "three"], { ...alice, ...raw });
      await memory.add("bob's", { ...bob, ...raw });
      const running = memory.add("neither one nor two nor three is true", alice);
      await thinking.promise;
      await memory.deleteAll(bob);
      await memory.update(own[0]?.id ?? "", { text: "one, changed" }, alice);
      answer.resolve();
      const { results, extraction } = await running;
      expect(results.map(({ status, text }) => `${status} ${text}`).sort()).toEqual([
        "added not one",
        "superseded not three",
        "superseded not two",
      ]);
      expect(extraction?.rejected.map(({ reason }) => reason)).toEqual(["changed-meanwhile"]);
      expect(texts((await memory.list(alice)).memories)).toEqual([
        "not one",
        "not three",
        "not two",
        "one, changed",
      ]);
    });

    it("asks again without what was deleted while the model thought, and keeps nothing drawn from it", async () => {
      let calls = 0;
      const memory: Memory = setUp(
        fakeScriptedModel(async ({ known }) => {
          calls += 1;
          if (calls === 1) await memory.deleteAll(alice);
          return { facts: [fact(`known: ${known.map(({ text }) => text).join(", ")}`, 0)], removes: [] };
        }),
      );
      await memory.add("the zebra boat", { ...alice, infer: false });
      const { results } = await memory.add("anything known", alice);
      expect(calls).toBe(2);
      expect(results.map(({ text }) => text)).toEqual(["known:"]);
      expect(texts((await memory.list(alice)).memories)).toEqual(["known:"]);
    });

    it("lets calls for one scope follow one another", async () => {
      const model = fakeScriptedModel(async ({ messages, known }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        const replaces = known[0]?.memory ?? 0;
        return { facts: [fact(messages[0]?.text ?? "", replaces)], removes: [] };
      });
      const memory = setUp(model);
      await Promise.all(
        ["a", "b", "c", "d"].map((letter) => memory.add(`favourite letter ${letter}`, alice)),
      );
      expect((await memory.list(alice)).memories).toHaveLength(1);
    });

    it("leaves an organization gone that was offboarded while the model thought", async () => {
      const memory: Memory = setUp(async () => {
        await memory
          .organization("acme")
          .offboard()
          .catch(() => {});
        return { facts: [fact("too late")], removes: [] };
      });
      await memory.organization("acme").onboard();
      await expect(memory.add("I was too late", alice)).rejects.toMatchObject({ code: "ORGANIZATION_GONE" });
    });

    it("asks once, and stores what it acknowledges, where the organization moves while the model thinks", async () => {
      const cells = { here: { store: make() }, there: { store: make() } };
      const registry = inMemory();
      const parts = { cells, registry, embedder: fakeLetterEmbedder() };
      const mover = new QuickMemory(parts);
      await mover.organization("acme").onboard();
      const [entry] = (await mover.organizations()).organizations;
      const cell = entry?.cell === "here" ? "there" : "here";
      const model = fakeScriptedModel(async () => {
        await mover.organization("acme").move({ to: { cell } });
        return { facts: [fact("Alice rides horses")], removes: [] };
      });
      const memory = new QuickMemory({ ...parts, languageModel: model });
      const { results } = await memory.add("I ride horses", alice);
      expect(model.calls).toHaveLength(1);
      expect(results).toHaveLength(1);
      for (const { id } of results)
        expect(await mover.get(id, alice)).toMatchObject({ text: "Alice rides horses" });
    });
  },
);

describe.each(engineStores)("what models are told, on $name", { timeout: 300_000 }, ({ make }) => {
  it("is of one scope, also under concurrency", async () => {
    const scopes = ["acme", "rival"].flatMap((orgId) =>
      ["alice", "bob"].map((userId) => ({ orgId, userId, canary: `canary-${orgId}-${userId}` })),
    );
    const sent: string[] = [];
    const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
    const letters = fakeLetterEmbedder({}, { details: { for: "what models are told" } });
    const embedder = {
      ...letters,
      async embed(...[given, options]: Parameters<typeof letters.embed>) {
        sent.push(given.join("\n"));
        await pause();
        return letters.embed(given, options);
      },
    };
    const languageModel = fakeScriptedModel(async ({ messages, known, request }, call) => {
      sent.push(JSON.stringify(request.messages));
      await pause();
      const facts = messages.map(({ text, message }) =>
        fact(`${text}, heard ${call}`, known[0]?.memory ?? 0, message),
      );
      return { facts, removes: [] };
    });
    const memory = new Memory({ store: make(), embedder, languageModel });
    await Promise.all(
      [1, 2, 3].flatMap((round) =>
        scopes.map(async ({ canary, ...scope }) => {
          await memory.add([`${canary} said ${round}`, `and ${canary} again ${round}`], scope);
          await memory.search(`what did ${canary} say`, scope);
          await memory.context(`what did ${canary} say`, scope);
        }),
      ),
    );
    expect(sent.length).toBeGreaterThan(24);
    for (const text of sent) expect(scopes.filter(({ canary }) => text.includes(canary)).length).toBe(1);
    for (const { canary, ...scope } of scopes)
      for (const { text } of (await memory.list(scope)).memories) expect(text).toContain(canary);
    await memory.close();
  });
});
