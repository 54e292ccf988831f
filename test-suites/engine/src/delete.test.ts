import { Memory } from "@loci/core";
import { describe, expect, it, vi } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { engineStores, findsWords } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text);

describe.each(engineStores.filter(findsWords))("delete on $name", { timeout: 300_000 }, ({ make }) => {
  it("forgets a deleted or changed message also where it was its neighbours' context", async () => {
    for (const embedder of [null, fakeLetterEmbedder()]) {
      const memory = new Memory({ store: make(), embedder });
      const conversation = ["My password is swordfish", "Understood", "Thanks"].map((content) => ({
        role: "user" as const,
        content,
      }));
      const { results } = await memory.add(conversation, alice);
      const [secret, understood] = results.map(({ id }) => id) as [string, string];
      const keywordHits = async (query: string) => {
        const found = await memory.search(query, { ...alice, explain: true });
        return texts(found.filter(({ explanation }) => explanation?.keyword));
      };
      expect(await keywordHits("swordfish")).toEqual(["My password is swordfish", "Understood"]);
      await memory.update(understood, { text: "Noted gladly" }, alice);
      expect(await keywordHits("understood")).toEqual([]);
      expect((await keywordHits("gladly")).sort()).toEqual([
        "My password is swordfish",
        "Noted gladly",
        "Thanks",
      ]);
      await memory.update(secret, { text: "My password is a secret" }, alice);
      expect(await keywordHits("swordfish")).toEqual([]);
      await memory.delete(secret, alice);
      expect(await keywordHits("password secret")).toEqual([]);
      expect((await keywordHits("gladly")).sort()).toEqual(["Noted gladly", "Thanks"]);
    }
  });

  it("lets nobody read what is deleted while an embedder thinks about the messages around it", async () => {
    const letters = fakeLetterEmbedder();
    const answer = Promise.withResolvers<void>();
    let isSlow = false;
    const embedder: typeof letters = {
      ...letters,
      async embed(given, options) {
        if (isSlow && options.purpose === "document") await answer.promise;
        return letters.embed(given, options);
      },
    };
    const memory = new Memory({ store: make(), embedder });
    const said = ["a ferry", "a secret", "an oar"].map((content) => ({ role: "user" as const, content }));
    const { results } = await memory.add(said, alice);
    const id = results[1]?.id ?? "";
    isSlow = true;
    const deletion = memory.delete(id, alice);
    await vi.waitFor(async () => expect(await memory.get(id, alice)).toBeNull(), { timeout: 20_000 });
    expect(texts((await memory.list(alice)).memories).sort()).toEqual(["a ferry", "an oar"]);
    answer.resolve();
    expect((await deletion).deleted).toBe(1);
  });
});
