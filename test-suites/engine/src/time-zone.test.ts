import { Memory } from "@loci/core";
import { describe, expect, it } from "vitest";
import { fakeScriptedModel } from "./scripted-model.ts";
import { engineStores, findsWords } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
/** In Tokyo it is already the next day. */
const evening = "2026-01-31T20:00:00Z";

describe.each(engineStores)("the time zone on $name", ({ make }) => {
  it("decides when a day begins, for messages, reads and the end of a memory", async () => {
    const memory = new Memory({ store: make(), timeZone: "Asia/Tokyo" });
    const scope = memory.scope(alice);
    const { results } = await scope.add({ role: "user", content: "The trip began", timestamp: "2026-02-01" });
    const id = results[0]?.id as string;
    const began = new Date("2026-01-31T15:00:00Z");
    expect((await scope.get(id))?.validFrom).toEqual(began);
    expect(await scope.get(id, { asOf: "2026-01-31" })).toBeNull();
    expect(await scope.get(id, { asOf: "2026-02-01" })).not.toBeNull();
    expect(await scope.get(id, { asOf: "2026-02-01", timeZone: "Asia/Kolkata" })).not.toBeNull();
    expect(await scope.get(id, { asOf: "2026-02-01", timeZone: "+14:00" })).toBeNull();
    await scope.update(id, { expiresAt: "2999-01-01" });
    expect((await scope.get(id))?.expiresAt).toEqual(new Date("2998-12-31T15:00:00Z"));
    await scope.updateMany([{ id, expiresAt: "2999-01-01" }], { timeZone: "UTC" });
    expect((await scope.get(id))?.expiresAt).toEqual(new Date("2999-01-01T00:00:00Z"));
    await scope.add("The trip ended", { timestamp: "2026-03-01", timeZone: "UTC" });
    const { memories } = await scope.list();
    expect(memories.map(({ validFrom }) => validFrom.toISOString())).toContain("2026-03-01T00:00:00.000Z");
  });

  it("names the days that a language model reads", async () => {
    const languageModel = fakeScriptedModel(() => ({ facts: [], removes: [] }));
    const memory = new Memory({ store: make(), languageModel, timeZone: "Asia/Tokyo" });
    const message = { role: "user", content: "I leave tomorrow", timestamp: evening } as const;
    await memory.add(message, alice);
    await memory.add({ ...message, content: "I leave today" }, { ...alice, timeZone: "America/New_York" });
    const prompts = languageModel.calls.map(({ request }) => request.messages.at(-1)?.content ?? "");
    expect(prompts[0]).toContain('"date":"Sunday 2026-02-01"');
    expect(prompts[1]).toContain('"date":"Saturday 2026-01-31"');
  });
});

describe.each(engineStores.filter(findsWords))("a context on $name", ({ make }) => {
  it("has the days of the time zone", async () => {
    const memory = new Memory({ store: make(), timeZone: "Asia/Tokyo" });
    await memory.add({ role: "user", content: "The cat sleeps", timestamp: evening }, alice);
    expect((await memory.context("cat", alice)).text).toContain("- 2026-02-01: user: The cat sleeps");
    const { text } = await memory.context("cat", { ...alice, timeZone: "UTC" });
    expect(text).toContain("- 2026-01-31: user: The cat sleeps");
  });
});

describe("a time zone that does not exist", () => {
  it("is refused before anything is done", async () => {
    const { make } = engineStores[0] as (typeof engineStores)[number];
    const refused = (path: string) => expect.objectContaining({ code: "INVALID_INPUT", path });
    for (const timeZone of ["Mars/Base", "", 5, null])
      expect(() => new Memory({ store: make(), timeZone: (timeZone ?? {}) as string })).toThrow(
        refused("timeZone"),
      );
    const memory = new Memory({ store: make() });
    await expect(memory.add("text", { ...alice, timeZone: "Berlin" })).rejects.toEqual(refused("timeZone"));
    await expect(memory.search("text", { ...alice, timeZone: "Berlin" })).rejects.toThrow(
      'such as "Europe/Berlin"',
    );
  });
});
