import {
  inMemory,
  LociError,
  Memory,
  type MemoryOptions,
  receiptToMarkdown,
  verifyReceipts,
} from "@loci/core";
import { describe, expect, it } from "vitest";
import { boundCalls, codeOf, counting, flatCalls, organizationCalls } from "./every-call.ts";

const refuse = () => {
  throw new Error("a getter throws");
};

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** Values that throw when they are looked at. */
const hostile: readonly (readonly [string, object])[] = [
  ["a revoked proxy", revoked({})],
  ["a revoked list", revoked([])],
  ["a revoked function", revoked(refuse)],
  ["a proxy that throws", new Proxy({}, { get: refuse, ownKeys: refuse, getPrototypeOf: refuse })],
  ["a list that throws", new Proxy(["a"], { get: refuse })],
  ["a list with a getter", Object.defineProperty(["a"], 0, { get: refuse })],
];

const options = ["signal", "actor", "metadata", "expiresAt", "timestamp", "roles", "filter", "asOf", "limit"];
const fakes = [
  ["a signal without listeners", { signal: { aborted: false, throwIfAborted: () => {} } }],
  ["a Date by its name alone", { timestamp: { [Symbol.toStringTag]: "Date" } }],
  ["a Date that lies", { asOf: { [Symbol.toStringTag]: "Date", getTime: () => "soon" } }],
] as const;

describe("values that throw when they are read", () => {
  function setUp() {
    const { store, uses } = counting(inMemory());
    const memory = new Memory({ store });
    const handle = memory.scope({ orgId: "acme", userId: "alice" });
    const organization = organizationCalls(memory.organization("acme"));
    return {
      memory,
      handle,
      uses,
      bound: { ...boundCalls(handle), ...organization },
      flat: flatCalls(memory),
    };
  }

  it.each(hostile)("are bad input where options stand: %s", async (_, value) => {
    const { bound, flat, uses } = setUp();
    for (const [method, call] of Object.entries(bound)) {
      expect(await codeOf(() => call(value as never)), method).toBe("INVALID_INPUT");
      for (const name of [...options, "none"]) {
        expect(await codeOf(() => call({ [name]: value })), `${method} ${name}`).toMatch(/^INVALID_/);
      }
    }
    for (const [method, call] of Object.entries(flat)) {
      expect(await codeOf(() => call(value as never)), method).toBe("INVALID_SCOPE");
      for (const name of [...options, "orgId", "none"]) {
        const given = { orgId: "acme", [name]: value };
        expect(await codeOf(() => call(given)), `${method} ${name}`).toMatch(/^INVALID_/);
      }
    }
    expect(uses()).toBe(0);
  });

  it.each(hostile)("are bad input where texts, ids and messages stand: %s", async (_, value) => {
    const { memory, handle, uses } = setUp();
    const given = value as never;
    for (const call of [
      () => handle.add(given),
      () => handle.add([given]),
      () => handle.add({ role: "user", content: given }),
      () => handle.add({ role: "user", parts: given }),
      () => handle.add({ type: "human", data: given }),
      () => handle.search(given),
      () => handle.get(given),
      () => handle.getMany(given),
      () => handle.getMany([given]),
      () => handle.deleteMany(given),
      () => handle.update(given, { text: "x" }),
      () => handle.update("x", given),
      () => handle.update("x", { text: given }),
      () => handle.update("x", { metadata: { deep: given } }),
      () => handle.updateMany(given),
      () => handle.updateMany([given]),
      async () => memory.organization(given),
    ]) {
      expect(await codeOf(call), String(call)).toMatch(/^INVALID_(INPUT|METADATA|SCOPE)$/);
    }
    expect(uses()).toBe(0);
  });

  it.each(hostile)("are bad input where the parts of a memory stand: %s", (_, value) => {
    for (const name of ["store", "embedder", "languageModel", "reranker", "keys", "registry", "extractor"]) {
      const make = () => new Memory({ store: inMemory(), [name]: value } as MemoryOptions);
      expect(make, name).toThrow(LociError);
    }
    for (const name of ["regions", "cells"])
      expect(() => new Memory({ [name]: value } as never), name).toThrow(LociError);
    expect(() => new Memory(value as never)).toThrow(LociError);
  });

  it.each(fakes)("are told from those that work: %s", async (_, value) => {
    const { handle, uses } = setUp();
    const call = "timestamp" in value ? handle.add("x", value as never) : handle.search("x", value as never);
    await expect(call).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(uses()).toBe(0);
  });

  it("are no receipts", () => {
    for (const receipt of [null, 5, {}, { sequence: 1, scope: null }, ...hostile.map(([, value]) => value)]) {
      expect(() => receiptToMarkdown(receipt as never)).toThrow(LociError);
      expect(() => verifyReceipts(receipt as never)).toThrow(LociError);
    }
    expect(() => verifyReceipts([null] as never)).toThrow(LociError);
    expect(verifyReceipts([{ sequence: 3 }] as never)).toEqual(["Receipt 3 was changed."]);
  });

  it("become no markup where a receipt names a path", () => {
    const parts = {
      scope: {},
      checks: [],
      at: new Date(0),
      actor: null,
      deployment: "d",
      orgId: "acme",
      kind: "forget",
    };
    const residue = [{ where: "/a/<img src=x onerror=alert(1)>/[b](http://c)", clearedBy: "<b>" }];
    const markdown = receiptToMarkdown({ ...parts, residue } as never);
    expect(markdown).not.toMatch(/(?<!\\)[<[]/);
  });
});
