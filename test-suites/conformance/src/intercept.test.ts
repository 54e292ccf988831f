import { inMemory, Memory } from "@loci/core";
import { expect, it } from "vitest";
import { openOrganization } from "./fixtures.ts";
import { intercept } from "./intercept.ts";

it("sees every call, those of what is opened, and changes nothing else", async () => {
  const heard: string[] = [];
  const original = Object.freeze(inMemory());
  const store = intercept(original, (name, _, call) => {
    heard.push(name);
    return call();
  });
  const { namespace } = await openOrganization(store, "acme");
  expect(Object.keys(store)).toEqual(Object.keys(original));
  expect("residue" in namespace).toBe(false);
  expect(namespace.searchText).toBe(namespace.searchText);
  expect(heard).toEqual(["open"]);
  await store.close();
  expect(heard).toEqual(["open", "close"]);
});

it("is the same object for the same object, so that handles can be compared", () => {
  const handle = {};
  const opener = intercept({ open: () => handle }, (_name, _args, call) => call());
  expect(opener.open()).toBe(opener.open());
});

it("leaves private fields and classes working", async () => {
  const heard: string[] = [];
  const memory = intercept(new Memory({ store: inMemory(), embedder: null }), (name, _, call) => {
    heard.push(name);
    return call();
  });
  expect(memory).toBeInstanceOf(Memory);
  await memory.scope({ orgId: "acme" }).add("I take my coffee black");
  expect(heard).toEqual(["scope", "add"]);
  await memory.close();
});
