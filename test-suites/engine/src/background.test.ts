import { type AddResult, inMemory, ModelError } from "@loci/core";
import { Memory } from "@loci/core/testing";
import { describe, expect, it, vi } from "vitest";
import { inferringMemory } from "./inferring-memory.ts";
import { fact, fakeScriptedModel } from "./scripted-model.ts";
import { engineStores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const background = { ...alice, background: true } as const;
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text);
const statuses = ({ results }: AddResult) => results.map(({ status }) => status);

describe.each(engineStores)("adds in the background on $name", { timeout: 60_000 }, ({ make, name }) => {
  const setUp = inferringMemory(make, name);

  it("answers when the messages are safe, and turns them into facts in their order", async () => {
    const mayThink = Promise.withResolvers<void>();
    const heard: string[] = [];
    const model = fakeScriptedModel(async ({ messages }) => {
      await mayThink.promise;
      heard.push(...messages.map(({ text }) => text));
      return { facts: messages.map(({ text, message }) => fact(`Fact: ${text}`, 0, message)), removes: [] };
    });
    const memory: Memory = setUp(model);
    const added = await memory.add("one lemon", background);
    expect(statuses(added)).toEqual(["added"]);
    expect(added.extraction).toBeUndefined();
    for (const text of ["two lemons", "three lemons"]) await memory.add(text, background);
    const handle = memory.scope(alice);
    expect(texts(await handle.pending())).toEqual(["one lemon", "two lemons", "three lemons"]);
    expect((await memory.list(alice)).memories.every(({ pending }) => pending)).toBe(true);
    mayThink.resolve();
    await vi.waitFor(async () => expect(await handle.pending()).toEqual([]), { timeout: 20_000 });
    expect(heard).toEqual(["one lemon", "two lemons", "three lemons"]);
    expect(texts((await memory.list(alice)).memories).sort()).toEqual([
      "Fact: one lemon",
      "Fact: three lemons",
      "Fact: two lemons",
    ]);
  });

  it("reports a failure to the handler, keeps the messages, and takes them up with the next add", async () => {
    let isDown = true;
    const model = fakeScriptedModel(({ messages }) => {
      if (isDown) throw new ModelError("no server", { model: "m", problem: "missing" });
      return { facts: messages.map(({ text, message }) => fact(text, 0, message)), removes: [] };
    });
    const failed = vi.fn(() => {
      throw new Error("the handler fails too");
    });
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    const memory = setUp(model, { onBackgroundError: failed });
    await memory.add("one lemon", background);
    await vi.waitFor(() => expect(failed).toHaveBeenCalled(), { timeout: 20_000 });
    expect(failed.mock.calls[0]).toMatchObject([{ code: "EXTRACTION_FAILED" }, alice]);
    await vi.waitFor(() => expect(told).toHaveBeenCalled());
    told.mockRestore();
    expect(texts(await memory.scope(alice).pending())).toEqual(["one lemon"]);
    isDown = false;
    await memory.add("two lemons", background);
    await vi.waitFor(async () => expect(await memory.scope(alice).pending()).toEqual([]), {
      timeout: 20_000,
    });
    const { memories } = await memory.list(alice);
    expect(memories.every(({ inferredBy }) => inferredBy !== undefined)).toBe(true);
    expect(texts(memories).sort()).toEqual(["one lemon", "two lemons"]);
  });

  it("leaves to another process what this one did not finish", async () => {
    const store = make();
    const never = fakeScriptedModel(() => new Promise(() => {}));
    const first = setUp(never, { store });
    await first.add(["one lemon", "two lemons"], background);
    const parrot = fakeScriptedModel(({ messages }) => ({
      facts: messages.map(({ text, message }) => fact(`Fact: ${text}`, 0, message)),
      removes: [],
    }));
    const second = setUp(parrot, { store });
    expect(texts(await second.scope(alice).pending())).toEqual(["one lemon", "two lemons"]);
    await second.scope(alice).extractPending();
    expect(await second.scope(alice).pending()).toEqual([]);
    expect(texts((await second.list(alice)).memories).sort()).toEqual([
      "Fact: one lemon",
      "Fact: two lemons",
    ]);
  });

  it("shows what waits at exactly one scope", async () => {
    const memory = setUp(() => new Promise(() => {}));
    await memory.add("alice's lemon", background);
    await memory.add("bob's lemon", { ...background, userId: "bob" });
    await memory.add("rival's lemon", { ...background, orgId: "rival" });
    expect(texts(await memory.scope(alice).pending())).toEqual(["alice's lemon"]);
    expect(await memory.scope({ orgId: "acme" }).pending()).toEqual([]);
    expect(await memory.scope({ orgId: "nobody" }).pending()).toEqual([]);
  });
});

describe("adds in the background", () => {
  it("are waited for by close", async () => {
    const store = inMemory();
    const thinking = Promise.withResolvers<void>();
    const model = fakeScriptedModel(async ({ messages }) => {
      thinking.resolve();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { facts: messages.map(({ text, message }) => fact(`Fact: ${text}`, 0, message)), removes: [] };
    });
    const memory = new Memory({ store, embedder: null, languageModel: model });
    await memory.add("a lemon", background);
    await thinking.promise;
    const list = vi.spyOn(store, "close").mockImplementation(async () => {});
    await memory.close();
    list.mockRestore();
    const after = new Memory({ store, embedder: null });
    expect(texts((await after.list(alice)).memories)).toEqual(["Fact: a lemon"]);
  });

  it("are refused where no model is asked", async () => {
    const plain = new Memory({ store: inMemory() });
    await expect(plain.add("x", background)).rejects.toMatchObject({ path: "languageModel" });
    const memory = new Memory({ store: inMemory(), languageModel: fakeScriptedModel(() => ({ facts: [] })) });
    for (const options of [{ infer: false }, { supersedes: "x" }])
      await expect(memory.add("x", { ...background, ...options })).rejects.toMatchObject({
        code: "INVALID_INPUT",
        path: "background",
      });
    expect(() => new Memory({ store: inMemory(), onBackgroundError: 7 as never })).toThrow(
      "onBackgroundError",
    );
  });
});
