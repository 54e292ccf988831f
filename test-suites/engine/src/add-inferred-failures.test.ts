import { type AddResult, ModelError } from "@loci/core";
import { describe, expect, it } from "vitest";
import { inferringMemory } from "./inferring-memory.ts";
import { fact, fakeScriptedModel, type Script } from "./scripted-model.ts";
import { engineStores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const statuses = ({ results }: AddResult) => results.map(({ status }) => status);

describe.each(engineStores)("inference that fails on $name", { timeout: 300_000 }, ({ make, name }) => {
  const setUp = inferringMemory(make, name);

  it("asks once more after an answer of no use, and then keeps the conversation in the error", async () => {
    const script: Script = (_, call) => (call === 1 ? { answer: 42 } : { facts: [fact("Likes tea")] });
    const memory = setUp(script);
    expect((await memory.add("I like tea", alice)).extraction?.calls).toBe(2);
    const unreadable = setUp((_, call) => {
      if (call === 1)
        throw new ModelError("prose", { model: "m", problem: "invalid-answer", answer: "Sure!" });
      return { facts: [fact("Likes tea")] };
    });
    expect((await unreadable.add("I like tea", alice)).extraction?.calls).toBe(2);
    const broken = setUp(() => ({ facts: "none" }));
    const failure = broken.add(
      { role: "user", name: "Mia", content: "I like tea", timestamp: "2026-01-01" },
      alice,
    );
    await expect(failure).rejects.toMatchObject({
      code: "EXTRACTION_FAILED",
      retryable: false,
      answer: { facts: "none" },
      messages: [{ role: "user", name: "Mia", content: "I like tea", timestamp: "2026-01-01T00:00:00.000Z" }],
      message: expect.stringContaining("store-raw"),
    });
    expect((await broken.list(alice)).memories).toEqual([]);
  });

  it("tells what was stored of a conversation before it failed", async () => {
    const model = fakeScriptedModel(({ messages }, call) => {
      if (call > 1) throw new ModelError("gone", { model: "m", problem: "missing" });
      return { facts: [fact(`heard ${messages.length} messages`)], removes: [] };
    });
    const memory = setUp(model);
    const messages = Array.from({ length: 40 }, (_, index) => `message ${index} ${"word ".repeat(60)}`);
    const failure = (await memory.add(messages, alice).catch((error: unknown) => error)) as {
      messages: readonly { content: string }[];
      results: AddResult["results"];
    };
    const first = model.calls[0]?.messages.length ?? 0;
    expect(failure.results.map(({ text }) => text)).toEqual([`heard ${first} messages`]);
    expect(failure.messages.map(({ content }) => content)).toEqual(messages.slice(first));
  });

  it("waits for a server that comes back, and says so when it does not", async () => {
    const unreachable = () => new ModelError("no server", { model: "m", problem: "unreachable" });
    const memory = setUp((_, call) => {
      if (call < 3) throw unreachable();
      return { facts: [fact("Likes tea")], removes: [] };
    });
    expect(statuses(await memory.add("I like tea", alice))).toEqual(["added"]);
    const gone = setUp(() => {
      throw unreachable();
    });
    await expect(gone.add("I like tea", alice)).rejects.toMatchObject({
      code: "EXTRACTION_FAILED",
      retryable: true,
      cause: { code: "MODEL_FAILED", problem: "unreachable" },
    });
  });

  it("can be aborted while the model thinks, and stores nothing then", async () => {
    const controller = new AbortController();
    const memory = setUp(async ({ request }) => {
      controller.abort(new Error("enough"));
      request.signal?.throwIfAborted();
      return { facts: [fact("too late")], removes: [] };
    });
    await expect(
      memory.add("hello", { ...alice, signal: controller.signal, onExtractionFailure: "store-raw" }),
    ).rejects.toThrow("enough");
    expect((await memory.list(alice)).memories).toEqual([]);
  });
});
