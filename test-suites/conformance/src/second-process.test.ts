import { LociError } from "@loci/core";
import { NamespaceNotFoundError, namespaceKey, scopeFilter } from "@loci/core/store";
import { afterEach, describe, expect, it } from "vitest";
import {
  everything,
  listAll,
  manifestOf,
  openOrganization,
  placementAt,
  queryWeights,
  readOne,
  recordOf,
  textsOf,
  vectorOf,
  visibleFrom,
} from "./fixtures.ts";
import { secondProcess } from "./second-process.ts";

const module = new URL("./second-process.fixture.ts", import.meta.url);
const execArgv = ["--conditions=loci-source", "--disable-warning=ExperimentalWarning"];
const opened: Awaited<ReturnType<typeof secondProcess>>[] = [];
const open = async (name = "right") => {
  const store = await secondProcess(module, { values: [name], execArgv });
  opened.push(store);
  return store;
};
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close().catch(() => {});
});

describe("a second process", () => {
  it("has the store, and answers every call of it", async () => {
    const store = await open();
    expect(store.name).toMatch(/^right of process \d+$/);
    expect(store.name).not.toContain(String(process.pid));
    const { key, manifest, namespace } = await openOrganization(store, "acme");
    expect(namespace.manifest).toEqual(manifest);
    const users = ["", "alice", "bob"];
    await namespace.upsert({
      records: users.map((user) => recordOf(key, `of ${user}`, { id: "one", scopeKey: placementAt(user) })),
    });
    // The three kinds of reach that core mints come across as they are.
    const alice = placementAt("alice");
    expect(textsOf(await listAll(namespace, everything))).toEqual(["of ", "of alice", "of bob"]);
    expect(textsOf(await listAll(namespace, visibleFrom(alice)))).toEqual(["of ", "of alice"]);
    expect(textsOf(await listAll(namespace, visibleFrom(alice, "own")))).toEqual(["of alice"]);
    expect(textsOf(await listAll(namespace, visibleFrom(placementAt(""), "own")))).toEqual(["of "]);
    expect(await namespace.count({ scope: scopeFilter({ userId: "bob" }, "within") })).toBe(1);
    const [{ vector } = {}] = await namespace.get({
      ids: ["one"],
      scope: visibleFrom(alice, "own"),
      vectors: true,
    });
    expect(vector).toEqual(vectorOf("of alice"));
    expect(await namespace.search({ scope: everything, vector: vectorOf("of bob"), limit: 1 })).toHaveLength(
      1,
    );
    const words = { terms: ["bob"], weights: queryWeights, limit: 9 };
    expect(await namespace.searchText?.({ scope: everything, ...words })).toHaveLength(1);
    const read = await readOne(namespace, "one", visibleFrom(alice, "own"));
    const late = { ...recordOf(key, "late", { id: "one", scopeKey: alice }), expected: "absent" as const };
    expect(await namespace.upsert({ records: [late] })).toHaveLength(1);
    expect(await namespace.delete({ versions: [read], scope: everything })).toBe(1);
    expect(await store.drop({ key })).toMatchObject({ dropped: true });
  });

  it("throws errors as they were thrown over there", async () => {
    const store = await open();
    const { key, namespace } = await openOrganization(store, "acme");
    await store.drop({ key });
    const error: unknown = await namespace.count({ scope: everything }).catch((thrown: unknown) => thrown);
    expect(NamespaceNotFoundError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ name: "NamespaceNotFoundError", namespace: key, retryable: false });
  });

  it("mints no reach that was forged here", async () => {
    const { namespace } = await openOrganization(await open(), "acme");
    const forged = { user: "any", agent: "any", run: "any" } as never;
    await expect(namespace.count({ scope: forged })).rejects.toThrow("scope filter that core has made");
  });

  it("ends a call with its signal, over there too", async () => {
    const store = await open();
    const key = namespaceKey(manifestOf("acme"));
    const controller = new AbortController();
    const reason = new Error("enough");
    const asked = store.leftovers?.({ key, signal: controller.signal });
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await expect(store.open({ key, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("ends every call with an error where it ends itself, and can be closed twice", async () => {
    const store = await open("dies");
    const key = namespaceKey(manifestOf("acme"));
    await expect(store.drop({ key })).rejects.toThrow("The second process has ended with 3.");
    await expect(store.open({ key })).rejects.toThrow("The second process has ended.");
    const other = await open();
    await Promise.all([other.close(), other.close()]);
    await expect(other.open({ key })).rejects.toThrow("The second process has ended.");
  });

  it("says why there is no store", async () => {
    const error: unknown = await open("none").catch((thrown: unknown) => thrown);
    expect(LociError.isInstance(error) && error.retryable && error.message).toBe("There is no such store.");
    await expect(secondProcess(new URL("./fixtures.ts", import.meta.url), { execArgv })).rejects.toThrow(
      "exports no function openStore",
    );
    await expect(secondProcess("file:///nowhere.ts", { execArgv })).rejects.toThrow("Cannot find module");
  });
});
