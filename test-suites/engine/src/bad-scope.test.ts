import { Memory } from "@loci/core";
import { describe, expect, it } from "vitest";
import { boundCalls, codeOf, counting, flatCalls, organizationCalls } from "./every-call.ts";
import { engineStores, findsWords } from "./stores.ts";

const badIdentifiers: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  empty: "",
  blank: "  ",
  "a tab": "\t",
  "a wildcard": "*",
  "a number": 1,
  "an array": ["acme"],
  "an object that turns into a string": { toString: () => "acme" },
  "a String object": new String("acme"),
  "a lone surrogate": "a\ud800",
  "not in NFC": "cafe\u0301",
  "a NUL": "a\0b",
  "a line break": "acme\n",
  "300 bytes": "a".repeat(300),
  "257 bytes in fewer characters": `${"é".repeat(128)}a`,
  "258 bytes in a third of the characters": "€".repeat(86),
};

const badScopes: Record<string, unknown> = {
  "no scope": undefined,
  "a null scope": null,
  "a string as scope": "acme",
  "an array as scope": ["acme"],
  "a scope of a class": new (class Acme {
    orgId = "acme";
  })(),
  "a scope that inherits": Object.create({ orgId: "acme" }),
  "no organization": { userId: "alice" },
  "an unknown key": { orgId: "acme", user_id: "alice" },
  "a key of another case": { orgid: "acme" },
  "a symbol as key": { orgId: "acme", [Symbol("x")]: 1 },
};

describe.each(engineStores.filter(findsWords))("a bad scope on $name", { timeout: 300_000 }, ({ make }) => {
  function setUp() {
    const { store, uses } = counting(make());
    const memory = new Memory({ store });
    return { memory, uses, flat: flatCalls(memory), handle: memory.scope({ orgId: "acme" }) };
  }

  it("refuses every bad identifier on every method before any I/O", async () => {
    const { flat, uses } = setUp();
    for (const [method, call] of Object.entries(flat)) {
      for (const [kind, identifier] of Object.entries(badIdentifiers)) {
        for (const key of ["orgId", "userId", "agentId", "runId"]) {
          const scope = { orgId: "acme", [key]: identifier };
          expect(await codeOf(() => call(scope)), `${method} with ${key} ${kind}`).toBe("INVALID_SCOPE");
        }
      }
    }
    expect(uses()).toBe(0);
  });

  it("refuses every bad scope on every method before any I/O", async () => {
    const { flat, uses } = setUp();
    for (const [method, call] of Object.entries(flat)) {
      for (const [kind, scope] of Object.entries(badScopes)) {
        const code = await codeOf(() => call(scope as Record<string, unknown>));
        expect(code, `${method} with ${kind}`).toBe("INVALID_SCOPE");
      }
    }
    expect(uses()).toBe(0);
  });

  it("refuses every bad organization before any I/O", async () => {
    const { memory, uses } = setUp();
    const loose = memory.organization.bind(memory) as (orgId?: unknown) => unknown;
    for (const [kind, identifier] of [
      ...Object.entries(badIdentifiers),
      ["a scope", { orgId: "acme" }],
      ["nothing", undefined],
    ]) {
      expect(await codeOf(async () => loose(identifier)), kind as string).toBe("INVALID_SCOPE");
    }
    expect(uses()).toBe(0);
  });

  it("refuses scope keys and unknown options on an organization before any I/O", async () => {
    const { memory, uses } = setUp();
    for (const [method, call] of Object.entries(organizationCalls(memory.organization("acme")))) {
      expect(await codeOf(() => call({ orgId: "rival" })), method).toBe("INVALID_SCOPE");
      expect(await codeOf(() => call({ userId: "alice" })), method).toBe("INVALID_SCOPE");
      expect(await codeOf(() => call({ dryRun: true })), method).toBe("INVALID_INPUT");
    }
    expect(uses()).toBe(0);
  });

  it("refuses scope keys and unknown options on a bound handle before any I/O", async () => {
    const { handle, uses } = setUp();
    for (const [method, call] of Object.entries(boundCalls(handle))) {
      expect(await codeOf(() => call({ orgId: "rival" })), method).toBe("INVALID_SCOPE");
      expect(await codeOf(() => call({ userId: "bob" })), method).toBe("INVALID_SCOPE");
      expect(await codeOf(() => call({ limitt: 1 })), method).toBe("INVALID_INPUT");
      expect(await codeOf(() => call({ signal: "now" })), method).toBe("INVALID_INPUT");
    }
    expect(uses()).toBe(0);
  });

  it("does not accept an organization with single tenancy, nor a memory without one otherwise", async () => {
    const { store, uses } = counting(make());
    const single = new Memory({ store, tenancy: "single" });
    // @ts-expect-error There is no organization to name.
    expect(await codeOf(() => single.add("a text", { orgId: "acme" }))).toBe("INVALID_SCOPE");
    const multi = new Memory({ store });
    // @ts-expect-error The organization is missing.
    expect(await codeOf(() => multi.add("a text", {}))).toBe("INVALID_SCOPE");
    // @ts-expect-error So is the whole scope.
    expect(await codeOf(() => multi.add("a text"))).toBe("INVALID_SCOPE");
    expect(uses()).toBe(0);
  });

  it("reads a scope once: what was checked is what is used", async () => {
    const memory = new Memory({ store: make() });
    await memory.add("a secret of rival", { orgId: "rival" });
    let reads = 0;
    const shifty = {
      get orgId() {
        reads += 1;
        return reads === 1 ? "acme" : "rival";
      },
    };
    expect(await memory.search("secret", shifty)).toEqual([]);
    const handle = memory.scope(shifty);
    expect(reads).toBe(2);
    expect(handle.scope).toEqual({ orgId: "rival" });
    expect(Object.isFrozen(handle.scope)).toBe(true);
  });
});
