import { type AddResult, ModelError } from "@loci/core";
import { describe, expect, it } from "vitest";
import { inferringMemory } from "./inferring-memory.ts";
import { fact, fakeScriptedModel } from "./scripted-model.ts";
import { engineStores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const bob = { orgId: "acme", userId: "bob" };
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text).sort();
const statuses = ({ results }: AddResult) => results.map(({ status }) => status);

describe.each(engineStores)("pending messages on $name", { timeout: 300_000 }, ({ make, name }) => {
  const setUp = inferringMemory(make, name);

  it("stores the messages as they are where that is wanted, and infers from them later", async () => {
    let works = false;
    const model = fakeScriptedModel(({ messages }) => {
      if (!works) throw new ModelError("no server", { model: "m", problem: "missing" });
      return { facts: messages.map(({ text, message }) => fact(`Fact: ${text}`, 0, message)), removes: [] };
    });
    const memory = setUp(model);
    const messages = ["first", "second", "third"].map((content) => ({ role: "user", content }) as const);
    const options = { ...alice, metadata: { source: "chat" }, onExtractionFailure: "store-raw" } as const;
    const stored = await memory.add(messages, options);
    expect(statuses(stored)).toEqual(["added", "added", "added"]);
    expect(stored.extraction?.failure).toMatchObject({ code: "EXTRACTION_FAILED" });
    await memory.add("kept as it is", { ...alice, infer: false });
    await memory.add(messages, { ...options, ...bob });
    const raw = (await memory.list(alice)).memories;
    expect(
      raw
        .filter(({ pending }) => pending)
        .map(({ text }) => text)
        .sort(),
    ).toEqual(["first", "second", "third"]);

    await expect(memory.scope(alice).extractPending()).rejects.toMatchObject({ code: "EXTRACTION_FAILED" });
    expect((await memory.list(alice)).memories).toEqual(raw);

    works = true;
    const { results } = await memory.scope(alice).extractPending();
    expect(results.map(({ text }) => text)).toEqual(["Fact: first", "Fact: second", "Fact: third"]);
    expect(model.calls.at(-1)?.known.map(({ text }) => text)).toEqual(["kept as it is"]);
    const left = (await memory.list(alice)).memories;
    expect(texts(left)).toEqual(["Fact: first", "Fact: second", "Fact: third", "kept as it is"]);
    expect(left.find(({ text }) => text === "Fact: first")?.metadata).toEqual({ source: "chat" });
    expect(texts((await memory.list({ ...bob, levels: "own" })).memories)).toEqual([
      "first",
      "second",
      "third",
    ]);
    expect((await memory.scope(alice).extractPending()).results).toEqual([]);
    expect((await memory.scope({ orgId: "nobody" }).extractPending()).results).toEqual([]);
  });

  it("makes no fact of a text that was changed or deleted while the model thought", async () => {
    let whileItThinks = async () => {};
    let works = false;
    const model = fakeScriptedModel(async ({ messages }) => {
      if (!works) throw new ModelError("no server", { model: "m", problem: "missing" });
      const change = whileItThinks;
      whileItThinks = async () => {};
      await change();
      return { facts: messages.map(({ text, message }) => fact(`Fact: ${text}`, 0, message)), removes: [] };
    });
    const memory = setUp(model);
    const options = { ...alice, onExtractionFailure: "store-raw" } as const;
    const { results } = await memory.add(["one lemon", "two lemons", "three lemons"], options);
    const [one = "", two = ""] = results.map(({ id }) => id);
    works = true;
    whileItThinks = async () => {
      await memory.update(one, { text: "one pear" }, alice);
      await memory.delete(two, alice);
    };
    await memory.scope(alice).extractPending();
    expect(texts((await memory.list(alice)).memories)).toEqual(["Fact: three lemons", "one pear"]);
    expect(texts(await memory.scope(alice).pending())).toEqual(["one pear"]);
    await memory.scope(alice).extractPending();
    expect(texts((await memory.list(alice)).memories)).toEqual(["Fact: one pear", "Fact: three lemons"]);
  });

  it("keeps a message that is a fact as it is, with its history and its neighbours", async () => {
    let works = false;
    const model = fakeScriptedModel(({ messages }) => {
      if (!works) throw new ModelError("no server", { model: "m", problem: "missing" });
      return {
        facts: messages
          .filter(({ text }) => text.includes("zebra"))
          .map(({ text, message }) => fact(text, 0, message)),
        removes: [],
      };
    });
    const memory = setUp(model);
    const options = { ...alice, onExtractionFailure: "store-raw" } as const;
    const message = (content: string) => ({ role: "user", content }) as const;
    const { results } = await memory.add([message("first zebra"), message("second lemon")], options);
    const id = results[0]?.id ?? "";
    await memory.update(id, { metadata: { seen: true } }, alice);
    works = true;
    await memory.scope(alice).extractPending();
    expect((await memory.list(alice)).memories).toMatchObject([{ id, text: "first zebra", revision: 2 }]);
    expect((await memory.get(id, alice))?.inferredBy).toContain("fake-scripted");
    expect(await memory.history(id, alice)).toHaveLength(2);
  });
});
