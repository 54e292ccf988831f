import { defineKeyProvider, MemoryNotFoundError, type MemoryOptions, type VectorStore } from "@loci/core";
import { namespaceKey, scopeFilter } from "@loci/core/store";
import { Memory } from "@loci/core/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { fakeMasterKeys } from "./master-keys.ts";
import { fakeScriptedModel } from "./scripted-model.ts";
import { allStores } from "./stores.ts";

const acme = { orgId: "acme" };
const alice = { orgId: "acme", userId: "alice" };
const bob = { orgId: "acme", userId: "bob" };
const language = { key: "preferences/language" };

afterEach(() => vi.useRealTimers());

describe.each(allStores)("keyed memories on $name", { timeout: 300_000 }, ({ make, share }) => {
  const open = (store: VectorStore = make(), options: Partial<MemoryOptions> = {}) =>
    new Memory({ store, embedder: fakeLetterEmbedder(), ...options });
  const listed = async (memory: Memory, options: Parameters<Memory["list"]>[0]) =>
    (await memory.list(options)).memories.map(({ key, text }) => `${key}: ${text}`).sort();

  it("are kept once for each key, with a history, as every memory", async () => {
    const memory = open();
    const handle = memory.scope(alice);
    const { results } = await memory.add("German", { ...alice, ...language, metadata: { sure: false } });
    expect(results).toEqual([{ status: "added", id: results[0]?.id, text: "German" }]);
    const id = results[0]?.id ?? "";
    expect(await handle.get(language)).toMatchObject({ id, ...language, text: "German", revision: 1 });
    expect(await memory.get(language, alice)).toEqual(await memory.get(id, alice));
    for (const repeated of [{}, { metadata: { sure: false } }])
      expect((await handle.add("German", { ...language, ...repeated })).results).toMatchObject([
        { status: "unchanged", id },
      ]);
    expect((await handle.add("French", language)).results).toEqual([
      { status: "updated", id, text: "French" },
    ]);
    expect(await handle.get(language)).toMatchObject({ id, text: "French", metadata: { sure: false } });
    expect((await handle.add("French", { ...language, metadata: { sure: true } })).results).toMatchObject([
      { status: "updated", id },
    ]);
    expect(await handle.update(language, { text: "Dutch" })).toEqual({
      status: "updated",
      id,
      text: "Dutch",
    });
    expect(await memory.update(language, { metadata: {} }, alice)).toMatchObject({ status: "updated", id });
    const history = await memory.history(language, alice);
    expect(history.map(({ revision, event, text }) => [revision, event, text])).toEqual([
      [1, "added", "German"],
      [2, "updated", "French"],
      [3, "updated", "French"],
      [4, "updated", "Dutch"],
      [5, "updated", "Dutch"],
    ]);
    expect(await handle.history(id)).toEqual(history);
    const [found] = await handle.search("Dutch");
    expect(found).toMatchObject({ id, ...language, text: "Dutch" });
    // The same text without a key, and under another, is another memory.
    await handle.add(["Dutch", "a boat"]);
    await handle.add("Dutch", { key: "preferences/second" });
    expect((await handle.list()).memories).toHaveLength(4);
    expect(await memory.delete(language, alice)).toMatchObject({ deleted: 1 });
    expect(await memory.delete(language, alice)).toMatchObject({ deleted: 0 });
    for (const answer of [await handle.get(language), await handle.get(id)]) expect(answer).toBeNull();
    expect(await handle.history(language)).toEqual([]);
    expect((await handle.list()).memories).toHaveLength(3);
    // It begins anew.
    expect((await handle.add("Greek", language)).results).toMatchObject([{ status: "added", id }]);
    expect((await handle.history(language)).map(({ text }) => text)).toEqual(["Greek"]);
  });

  it.runIf(share === 1)("keep a history that is bounded", async () => {
    const handle = open().scope(alice);
    for (let count = 0; count < 105; count++) await handle.add(`text ${count}`, language);
    const history = await handle.history(language);
    expect(history).toHaveLength(100);
    expect([history[0]?.text, history[1]?.text, history[99]?.text]).toEqual(["text 0", "text 6", "text 104"]);
    expect(history[99]?.revision).toBe(105);
  });

  it("are the speaker's, hold again after they were replaced, and are no part of a conversation", async () => {
    const memory = open();
    const handle = memory.scope(alice);
    const say = (content: string, name: string) => ({ role: "user", name, content }) as const;
    await handle.add({ role: "user", content: "a zebra" });
    const { results } = await handle.add(say("German", "Mia"), language);
    await handle.add({ role: "assistant", content: "a boat" });
    expect(await handle.get(language)).toMatchObject({ role: "user", name: "Mia" });
    // Who says it is embedded with it.
    const similarity = async () =>
      (await handle.search("Mia", { explain: true, filter: { a: 1 } }))[0]?.explanation;
    await handle.add(say("German", "Mia"), { ...language, metadata: { a: 1 } });
    const before = await similarity();
    await handle.add(say("German", "Ada"), { ...language, metadata: { a: 1, b: 2 } });
    expect(before?.similarity).toBeGreaterThan((await similarity())?.similarity ?? 1);
    await handle.add(say("French", "Ada"), language);
    expect(await handle.get(language)).toMatchObject({ role: "user", name: "Ada" });
    await handle.add("none", { supersedes: results[0]?.id ?? "" });
    expect(await handle.get(language)).toMatchObject({ text: "French", validTo: expect.any(Date) });
    expect(await listed(memory, { ...alice, keyPrefix: "preferences" })).toEqual([]);
    expect((await handle.add("French", language)).results).toMatchObject([{ status: "updated" }]);
    const again = await handle.get(language);
    expect(again).toMatchObject({ text: "French", revision: 6 });
    for (const part of ["role", "name", "validTo", "supersededBy"]) expect(again).not.toHaveProperty(part);
    expect((await handle.history(language)).map(({ event }) => event)).toEqual([
      "added",
      "updated",
      "updated",
      "updated",
      "superseded",
      "updated",
    ]);
  });

  it("are changed by nothing that is trusted less", async () => {
    const handle = open().scope(alice);
    await handle.add("German", { ...language, source: "tool" });
    expect(await handle.get(language)).toMatchObject({ source: "tool" });
    // The user says the same, and from then on it is the user's.
    expect((await handle.add("German", language)).results).toMatchObject([{ status: "updated" }]);
    for (const repeated of [{}, { source: "tool" }] as const)
      expect((await handle.add("German", { ...language, ...repeated })).results).toMatchObject([
        { status: "unchanged" },
      ]);
    await expect(handle.add("Klingon", { ...language, source: "document" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      path: "source",
    });
    await expect(handle.add({ role: "assistant", content: "Klingon" }, language)).rejects.toMatchObject({
      code: "INVALID_INPUT",
      path: "source",
    });
    expect(await handle.get(language)).toMatchObject({ text: "German", source: "user", revision: 2 });
    await handle.add("French", { ...language, source: "application" });
    expect(await handle.get(language)).toMatchObject({ text: "French", source: "application" });
    expect((await handle.list({ keyPrefix: "preferences", minimumTrust: "user" })).memories).toHaveLength(1);
  });

  it("are found from below, the nearest first, and changed at their own scope alone", async () => {
    const memory = open();
    const run = { ...alice, agentId: "clerk", runId: "7" };
    const scopes = [acme, alice, { ...acme, agentId: "clerk" }, { ...acme, runId: "7" }, run];
    const missing = await memory.update(language, { text: "x" }, run).catch((error: unknown) => error);
    expect(missing).toMatchObject({ code: "MEMORY_NOT_FOUND", keys: [language.key], ids: [] });
    const seen: (string | undefined)[] = [];
    for (const [index, scope] of scopes.entries()) {
      await memory.add(`of ${index}`, { ...scope, ...language });
      seen.push((await memory.get(language, run))?.text);
      expect((await memory.history(language, run))[0]?.text).toBe(seen.at(-1));
    }
    expect(seen).toEqual(["of 0", "of 1", "of 2", "of 3", "of 4"]);
    const { memories } = await memory.list({ ...acme, levels: "within" });
    expect(new Set(memories.map(({ id }) => id)).size).toBe(5);
    expect((await memory.get(language, bob))?.text).toBe("of 0");
    expect((await memory.get(language, { ...alice, asOf: "2020-01-01" }))?.text).toBeUndefined();
    // Foreign, above, below and missing are one answer.
    for (const scope of [bob, { ...bob, runId: "8" }, { ...acme, agentId: "other" }, { orgId: "none" }]) {
      const error = await memory
        .update(language, { text: "stolen" }, scope)
        .catch((thrown: unknown) => thrown);
      expect(MemoryNotFoundError.isInstance(error) && error.toString()).toBe(String(missing));
      expect(JSON.stringify(error)).toBe(JSON.stringify(missing));
      expect(await memory.delete(language, scope)).toEqual({ deleted: 0, residue: [] });
    }
    expect(await memory.get(language, { orgId: "none" })).toBeNull();
    expect(await memory.history(language, { orgId: "none" })).toEqual([]);
    // Not those of the scopes below it.
    expect(await memory.delete(language, acme)).toMatchObject({ deleted: 1 });
    expect(await memory.get(language, bob)).toBeNull();
    expect((await memory.list({ ...acme, levels: "within" })).memories).toHaveLength(4);
  });

  it("are listed by paths", async () => {
    const memory = open();
    const keys = ["notes", "notes/a", "notes/a/b", "notes2", "notes2/a", "note", "Notes/a", "/memories/a.md"];
    keys.push("notes/", "https://loci.dev/a", "a/notes", "notes/a%", "ä/ö", "x/".repeat(100));
    for (const key of keys) await memory.add(`at ${key}`, { ...alice, key });
    await memory.add("under no key", alice);
    await memory.add("of Bob", { ...bob, key: "notes/bob" });
    const under = async (keyPrefix: string, options: object = {}) =>
      (await memory.list({ ...alice, ...options, keyPrefix })).memories.map(({ key }) => key).sort();
    const notes = ["notes", "notes/", "notes/a", "notes/a%", "notes/a/b"];
    expect(await under("notes")).toEqual(notes);
    expect(await under("notes/")).toEqual(notes);
    expect(await under("notes/a")).toEqual(["notes/a", "notes/a/b"]);
    expect(await under("notes/a/b")).toEqual(["notes/a/b"]);
    expect(await under("notes2")).toEqual(["notes2", "notes2/a"]);
    expect(await under("note")).toEqual(["note"]);
    for (const none of ["not", "otes", "notes/%", "notes/_", "b", "a/b", "NOTES"])
      expect(await under(none), none).toEqual([]);
    for (const path of ["/", "/memories", "/memories/", "/memories/a.md"])
      expect(await under(path), path).toEqual(["/memories/a.md"]);
    expect(await under("https:")).toEqual(["https://loci.dev/a"]);
    expect(await under("https://")).toEqual(["https://loci.dev/a"]);
    expect(await under("ä")).toEqual(["ä/ö"]);
    expect(await under("x/".repeat(50))).toEqual(["x/".repeat(100)]);
    expect(await listed(memory, { ...bob, keyPrefix: "notes" })).toEqual(["notes/bob: of Bob"]);
    // Pages, filters and levels as everywhere.
    await memory.update({ key: "notes/a" }, { metadata: { draft: true } }, alice);
    expect(await under("notes", { filter: { draft: true } })).toEqual(["notes/a"]);
    expect(await under("notes", { filter: { draft: { $ne: true } }, asOf: new Date() })).toHaveLength(4);
    expect(await under("notes", { levels: "within" })).toEqual(notes);
    const first = await memory.list({ ...alice, keyPrefix: "notes", limit: 3 });
    const cursor = first.cursor ?? "";
    const second = await memory.list({ ...alice, keyPrefix: "notes", limit: 3, cursor });
    expect([...first.memories, ...second.memories].map(({ key }) => key).sort()).toEqual(notes);
    for (const others of [{}, { keyPrefix: "notes/a" }])
      await expect(memory.list({ ...alice, ...others, cursor })).rejects.toMatchObject({
        code: "INVALID_CURSOR",
      });
  });

  it("expire, and begin anew", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-01-01") });
    const handle = open().scope(alice);
    await handle.add("German", { ...language, expiresAt: "2026-01-02" });
    await handle.add("French", language);
    expect(await handle.get(language)).toMatchObject({ text: "French", expiresAt: new Date("2026-01-02") });
    vi.setSystemTime(new Date("2026-01-02"));
    expect(await handle.get(language)).toBeNull();
    expect(await handle.history(language)).toEqual([]);
    expect((await handle.list({ keyPrefix: "preferences" })).memories).toEqual([]);
    await expect(handle.update(language, { text: "x" })).rejects.toMatchObject({ code: "MEMORY_NOT_FOUND" });
    expect((await handle.add("Dutch", language)).results).toMatchObject([{ status: "added" }]);
    expect((await handle.history(language)).map(({ text }) => text)).toEqual(["Dutch"]);
    expect(await handle.get(language)).not.toHaveProperty("expiresAt");
    // What no sweep has deleted yet is written over.
    await handle.add("Greek", { key: "soon", expiresAt: "2026-01-02T00:00:01Z" });
    vi.setSystemTime(new Date("2026-01-02T00:00:01Z"));
    expect((await handle.add("Latin", { key: "soon" })).results).toMatchObject([{ status: "added" }]);
    expect((await handle.history({ key: "soon" })).map(({ text }) => text)).toEqual(["Latin"]);
  });

  it("are neither shown to the language model nor stored by it", async () => {
    const model = fakeScriptedModel(({ messages }) => ({
      facts: messages.map(({ message, text }) => ({ text, message, replaces: 1 })),
      removes: [1, 2],
    }));
    const handle = open(make(), { languageModel: model }).scope(alice);
    const { extraction } = await handle.add("I speak German", language);
    expect(extraction).toBeUndefined();
    await handle.add("I speak French now");
    await handle.add("I speak German");
    expect(model.calls.map(({ known }) => known.map(({ text }) => text))).toEqual([
      [],
      ["I speak French now"],
    ]);
    expect(await handle.get(language)).toMatchObject({ text: "I speak German", revision: 1 });
    expect(await handle.get(language)).not.toHaveProperty("validTo");
    for (const asked of ["infer", "background"])
      await expect(handle.add("x", { ...language, [asked]: true })).rejects.toMatchObject({
        code: "INVALID_INPUT",
        path: asked,
      });
  });

  it("keep their keys from the store where the organization is encrypted", async () => {
    const store = make();
    const keys = defineKeyProvider("fake", fakeMasterKeys());
    const memory = open(store, { keys });
    await memory.add("German", { ...alice, key: "zebra/harbour/boat" });
    await memory.add("French", { ...alice, key: "zebra/ferry" });
    await memory.add("Dutch", { ...alice, key: "zebra/ferry" });
    await memory.add("Greek", { ...bob, key: "zebra/ferry" });
    const key = namespaceKey({ kind: "organization", deployment: "default", orgId: "acme", generation: 1 });
    const namespace = await store.open({ key });
    const { records } = await namespace.list({ scope: scopeFilter({}, "within"), limit: 100 });
    expect(records).toHaveLength(3);
    for (const word of ["zebra", "harbour", "boat", "ferry"])
      expect(JSON.stringify(records).toLowerCase()).not.toContain(word);
    // Two organizations with one key have no id in common.
    await memory.add("German", { orgId: "rival", userId: "alice", key: "zebra/ferry" });
    const other = await memory.get({ key: "zebra/ferry" }, { orgId: "rival", userId: "alice" });
    expect(other?.id).not.toBe((await memory.get({ key: "zebra/ferry" }, alice))?.id);
    for (const reader of [memory, open(store, { keys })]) {
      expect(await listed(reader, { ...alice, keyPrefix: "zebra" })).toEqual([
        "zebra/ferry: Dutch",
        "zebra/harbour/boat: German",
      ]);
      expect(await listed(reader, { ...alice, keyPrefix: "zebra/harbour" })).toHaveLength(1);
      expect(await listed(reader, { ...alice, keyPrefix: "zeb" })).toEqual([]);
      expect(await reader.history({ key: "zebra/ferry" }, alice)).toHaveLength(2);
    }
  });
});
