import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  defineKeyProvider,
  type Embedder,
  inMemory,
  KeyError,
  type KeyProvider,
  type VectorStore,
} from "@loci/core";
import {
  type Namespace,
  type NamespaceKey,
  namespaceKey,
  type StoredRecord,
  scopeFilter,
} from "@loci/core/store";
import { Memory } from "@loci/core/testing";
import { sqlite } from "@loci/sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { fakeMasterKeys } from "./master-keys.ts";
import { engineStores, temporaryFolder } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const acme = { orgId: "acme" };
const everything = scopeFilter({}, "within");
const keyOf = (orgId: string, generation = 1): NamespaceKey =>
  namespaceKey({ kind: "organization", deployment: "default", orgId, generation });

/** Everything that a namespace holds, as the store beneath gives it. */
async function rawOf(store: VectorStore, orgId: string): Promise<readonly StoredRecord[]> {
  const namespace = await store.open({ key: keyOf(orgId) });
  return (await namespace.list({ scope: everything, limit: 100, vectors: true })).records;
}

describe.each(engineStores)("encryption on $name", { timeout: 60_000 }, ({ make, name }) => {
  const embedder = name === "in-memory" ? null : fakeLetterEmbedder();

  it("keeps text, metadata and history from the store, and finds as before", async () => {
    const store = make();
    const masters = fakeMasterKeys();
    const keys = defineKeyProvider("fake", masters);
    const memory = new Memory({ store, keys, embedder });
    const { results } = await memory.add("The zebra boat leaves at nine", {
      ...alice,
      metadata: { vessel: "catamaran", price: 12, tags: ["harbour", "ferry"] },
    });
    const id = results[0]?.id ?? "";
    await memory.update(id, { text: "The zebra boat leaves at ten" }, alice);
    await memory.add("Unrelated", alice);
    const texts = async (filter: object) =>
      (await memory.search("zebra boat", { ...alice, filter: filter as never })).map(({ text }) => text);
    expect(await texts({ vessel: "catamaran" })).toEqual(["The zebra boat leaves at ten"]);
    expect(await texts({ tags: { $in: ["ferry"] }, price: 12, absent: { $exists: false } })).toHaveLength(1);
    expect(await texts({ vessel: { $ne: "catamaran" } })).not.toContain("The zebra boat leaves at ten");
    expect(await texts({ price: "12" })).toEqual([]);
    await expect(texts({ price: { $gt: 10 } })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining('"price"'),
    });
    expect((await memory.history(id, alice)).map(({ text }) => text)).toEqual([
      "The zebra boat leaves at nine",
      "The zebra boat leaves at ten",
    ]);
    expect((await memory.add("Unrelated", alice)).results[0]?.status).toBe("unchanged");
    const raw = JSON.stringify(await rawOf(store, "acme")).toLowerCase();
    for (const word of ["zebra", "boat", "vessel", "catamaran", "harbour", "ferry", "unrelated", "price"])
      expect(raw).not.toContain(word);
    expect(raw).toContain("alice");
    // Another process, and one without the provider, or with another one.
    expect(await new Memory({ store, keys, embedder }).list(alice)).toEqual(await memory.list(alice));
    for (const [others, problem] of [
      [{}, "missing"],
      [{ keys: defineKeyProvider("other", masters) }, "missing"],
      [{ keys: defineKeyProvider("fake", fakeMasterKeys()) }, "missing"],
    ] as const) {
      await expect(new Memory({ store, embedder, ...others }).list(alice)).rejects.toMatchObject({
        code: "KEY_ERROR",
        problem,
      });
    }
    expect((await memory.list(alice)).memories).toHaveLength(2);
  });

  it("ends with the key, on every copy", async () => {
    const store = make();
    const masters = fakeMasterKeys();
    const keys = defineKeyProvider("fake", masters);
    const memory = new Memory({ store, keys, embedder });
    await memory.add("acme's", acme);
    await memory.add("rival's", { orgId: "rival" });
    const manifest = (await store.open({ key: keyOf("acme") })).manifest;
    const receipt = await memory.organization(acme.orgId).offboard();
    expect(receipt.checks.join()).toContain("destroy its keys");
    const owner = { deployment: "default", orgId: "acme", generation: 1 };
    await expect(keys.open(manifest.key?.wrapped ?? "", owner, {})).rejects.toMatchObject({
      problem: "missing",
    });
    expect((await memory.list({ orgId: "rival" })).memories).toHaveLength(1);
    await memory.organization(acme.orgId).onboard();
    // A new master does not open what the old one wrapped.
    const next = { ...owner, generation: 2 };
    await expect(keys.open(manifest.key?.wrapped ?? "", next, {})).rejects.toMatchObject({
      problem: "wrong",
    });
  });

  it("changes keys, and begins with them, while it is used", async () => {
    const store = make();
    const plain = new Memory({ store, embedder });
    const { results } = await plain.add("The zebra boat leaves at nine", alice);
    const masters = fakeMasterKeys();
    const memory = new Memory({ store, keys: defineKeyProvider("fake", masters), embedder });
    expect((await memory.list(alice)).memories).toHaveLength(1);
    const opened: NamespaceKey[] = [];
    await memory.add("always encrypted", { orgId: "young" });
    await memory.organization("young").rotateKey();
    const again = await memory.add("always encrypted", { orgId: "young" });
    expect(again.results[0]?.status).toBe("unchanged");
    const encrypted = await memory.organization(acme.orgId).rotateKey();
    expect(encrypted).toMatchObject({
      memories: 1,
      copied: 1,
      receipt: { kind: "rekey", namespace: keyOf("acme") },
    });
    await expect(plain.list(alice)).rejects.toMatchObject({ code: "KEY_ERROR" });
    const rotated = await memory.organization(acme.orgId).rotateKey();
    expect(rotated.receipt?.namespace).not.toBe(encrypted.receipt?.namespace);
    opened.push(encrypted.receipt?.namespace as NamespaceKey, rotated.receipt?.namespace as NamespaceKey);
    for (const key of opened)
      await expect(store.open({ key })).rejects.toMatchObject({ code: "NAMESPACE_NOT_FOUND" });
    const [found] = await memory.search("zebra", alice);
    expect(found).toMatchObject({ id: results[0]?.id, text: "The zebra boat leaves at nine" });
  });
});

describe("encryption", { timeout: 30_000 }, () => {
  const broken = (changes: Partial<KeyProvider>): KeyProvider => ({
    ...defineKeyProvider("fake", fakeMasterKeys()),
    ...changes,
  });

  it("binds every memory to its organization, its id and its place", async () => {
    const store = inMemory();
    const memory = new Memory({ store, keys: defineKeyProvider("fake", fakeMasterKeys()), embedder: null });
    await memory.add("alice's secret", alice);
    await memory.add("bob's secret", { orgId: "acme", userId: "bob" });
    const namespace: Namespace = await store.open({ key: keyOf("acme") });
    const [first, second] = (await namespace.list({ scope: everything, limit: 10 })).records;
    if (!first || !second) throw new Error("There are two memories.");
    const keywords = { own: [], before: [], after: [] };
    // Whoever can write to the store shows alice what is bob's, under her own id and place.
    const [hers, his] = first.scopeKey.user === "alice" ? [first, second] : [second, first];
    await namespace.upsert({ records: [{ ...hers, payload: his.payload, keywords }] });
    await expect(memory.list(alice)).rejects.toMatchObject({ code: "KEY_ERROR", problem: "wrong" });
    await namespace.upsert({ records: [{ ...hers, payload: hers.payload.replace(/.$/, "A"), keywords }] });
    await expect(memory.get(hers.id, alice)).rejects.toBeInstanceOf(KeyError);
    await namespace.upsert({ records: [{ ...hers, payload: '{"version":1}', keywords }] });
    await expect(memory.get(hers.id, alice)).rejects.toBeInstanceOf(KeyError);
    await namespace.upsert({ records: [{ ...hers, keywords }] });
    expect(await memory.get(hers.id, alice)).toMatchObject({ text: "alice's secret" });
    // Under her own id at his place, and under another id at hers.
    const bob = { orgId: "acme", userId: "bob" };
    for (const [copy, reader] of [
      [{ ...hers, scopeKey: his.scopeKey }, bob],
      [{ ...hers, id: his.id }, alice],
    ] as const) {
      await namespace.upsert({ records: [{ ...copy, keywords }] });
      await expect(memory.get(copy.id, reader)).rejects.toMatchObject({ problem: "wrong" });
      await namespace.delete({ ids: [copy.id], scope: scopeFilter({ userId: copy.scopeKey.user }, "own") });
    }
    expect(await memory.get(hers.id, alice)).toMatchObject({ text: "alice's secret" });
  });

  it("gives no id away by which a guess could be confirmed, and blinds each organization differently", async () => {
    const stores = [inMemory(), inMemory()];
    const keys = defineKeyProvider("fake", fakeMasterKeys());
    const ids = new Set<string>();
    const words = new Set<string>();
    for (const store of stores) {
      for (const orgId of ["acme", "rival"]) {
        const memory = new Memory({
          store,
          keys,
          deployment: orgId === "acme" ? "default" : "default",
          embedder: null,
        });
        const { results } = await memory.add("the same", { orgId });
        ids.add(results[0]?.id ?? "");
        for (const record of await rawOf(store, orgId)) words.add(record.payload);
      }
    }
    expect(ids.size).toBe(4);
    expect(words.size).toBe(4);
  });

  it("ends the keys of a region that is left, unless they are those of where it goes", async () => {
    const [first, second] = [fakeMasterKeys(), fakeMasterKeys()];
    for (const [there, left] of [
      [first, 1],
      [second, 0],
    ] as const) {
      first.kept.clear();
      const memory = new Memory({
        regions: {
          eu: { store: inMemory(), keys: defineKeyProvider("fake", first) },
          us: { store: inMemory(), keys: defineKeyProvider("fake", there) },
          clear: { store: inMemory() },
        },
        registry: inMemory(),
      });
      await memory.organization(acme.orgId).onboard({ region: "eu" });
      await memory.add("one", acme);
      await expect(memory.organization(acme.orgId).move({ to: { region: "clear" } })).rejects.toMatchObject({
        code: "INVALID_INPUT",
        message: expect.stringContaining("no key provider"),
      });
      await memory.organization(acme.orgId).move({ to: { region: "us" } });
      expect(first.kept.size).toBe(left);
      expect((await memory.list(acme)).memories).toHaveLength(1);
      await memory.organization(acme.orgId).offboard();
      expect(there.kept.size).toBe(0);
    }
  });

  it("stores nothing when there is no key, and says what is the matter", async () => {
    const store = inMemory();
    const failing = new Memory({
      store,
      embedder: null,
      keys: broken({ create: () => Promise.reject(new Error("the vault is sealed")) }),
    });
    await expect(failing.add("one", acme)).rejects.toMatchObject({
      code: "KEY_ERROR",
      problem: "unavailable",
      retryable: true,
      message: expect.stringContaining("the vault is sealed"),
    });
    expect((await failing.organizations()).organizations).toEqual([]);
    const short = new Memory({
      store,
      embedder: null,
      keys: broken({ create: async () => ({ key: new Uint8Array(5), wrapped: "" }) }),
    });
    await expect(short.add("one", acme)).rejects.toMatchObject({ code: "KEY_ERROR", problem: "wrong" });
    expect((await short.organizations()).organizations).toEqual([]);
    expect(() => new Memory({ store, keys: {} as never })).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT" }),
    );
  });

  it("leaves vectors readable, which give meaning away: the attack that the guide tells of", async () => {
    const store = inMemory();
    const embedder: Embedder = fakeLetterEmbedder();
    const memory = new Memory({ store, keys: defineKeyProvider("fake", fakeMasterKeys()), embedder });
    await memory.add("The merger is cancelled", acme);
    await memory.add("Lunch is at noon", acme);
    // A thief of the database has the model, and guesses: no key is needed to see which guess is near.
    const guesses = ["merger cancelled", "salary doubled", "office moves"];
    const vectors = await embedder.embed(guesses, { purpose: "document" });
    const stolen = (await rawOf(store, "acme")).map(({ vector }) => vector as Float32Array);
    const nearest = vectors.map((guess) =>
      Math.max(
        ...stolen.map((vector) => vector.reduce((sum, value, at) => sum + value * (guess[at] ?? 0), 0)),
      ),
    );
    expect(nearest.indexOf(Math.max(...nearest))).toBe(0);
  });

  it("leaves no word in the files of SQLite", async () => {
    const directory = temporaryFolder();
    const store = sqlite({ directory });
    onTestFinished(() => store.close());
    const memory = new Memory({ store, keys: defineKeyProvider("fake", fakeMasterKeys()), embedder: null });
    await memory.add("The zebra boat leaves at nine", { ...alice, metadata: { vessel: "catamaran" } });
    await memory.search("zebra", alice);
    const bytes = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString("latin1").toLowerCase())
      .join();
    expect(bytes).toContain("alice");
    for (const word of ["zebra", "catamaran", "vessel"]) expect(bytes).not.toContain(word);
  });
});
