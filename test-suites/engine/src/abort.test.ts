import { Memory } from "@loci/core";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { engineStores, findsWords } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text);

describe.each(engineStores.filter(findsWords))("an abort on $name", { timeout: 300_000 }, ({ make }) => {
  const setUp = () => new Memory({ store: make() });

  it("stops when it is told to, and stays usable", async () => {
    const memory = setUp();
    await memory.add("I like tea", alice);
    const { results } = await memory.add("I like milk", alice);
    const id = results[0]?.id ?? "";
    const signal = AbortSignal.abort(new Error("enough"));
    for (const call of [
      memory.add("never", { ...alice, signal }),
      memory.search("tea", { ...alice, signal }),
      memory.get(id, { ...alice, signal }),
      memory.list({ ...alice, signal }),
      memory.update(id, { text: "never" }, { ...alice, signal }),
      memory.delete(id, { ...alice, signal }),
      memory.deleteAll({ ...alice, signal }),
      memory.history(id, { ...alice, signal }),
      memory.organizations({ signal }),
      memory.organization("acme").offboard({ signal }),
      memory.organization("new").onboard({ signal }),
    ]) {
      await expect(call).rejects.toThrow("enough");
    }
    expect(texts((await memory.list(alice)).memories)).toEqual(["I like milk", "I like tea"]);
    // In the middle of the work: the embedder is told.
    const controller = new AbortController();
    const waiting = new Memory({
      store: make(),
      embedder: fakeLetterEmbedder({
        embed: (_, { signal: given }) =>
          new Promise((_resolve, reject) => {
            given?.addEventListener("abort", () => reject(given.reason));
            controller.abort(new Error("in the middle"));
          }),
      }),
    });
    await expect(waiting.add("never", { ...alice, signal: controller.signal })).rejects.toThrow(
      "in the middle",
    );
    expect((await waiting.list(alice)).memories).toEqual([]);
  });
});
