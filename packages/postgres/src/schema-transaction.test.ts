import { namespaceKey, scopeFilter } from "@loci/core/store";
import { expect, it } from "vitest";
import type { Connection } from "./connection.ts";
import { schemaTransactions } from "./schema-transaction.ts";

const key = namespaceKey({ kind: "organization", deployment: "default", orgId: "acme", generation: 1 });
const facts = { key, version: 180_000, exists: true, role: key, grants: "", vectorSchema: undefined };
const { signal } = new AbortController();
const denied = Object.assign(new Error(`permission denied to set role "${key}"`), { code: "42501" });

/** A stand-in for a pool some of whose sessions have an outdated list of their memberships. No server can be made to have one. */
function fakeConnection(refusals: number, error: Error): { connection: Connection; begun: () => number } {
  let begun = 0;
  return {
    begun: () => begun,
    connection: {
      embedded: false,
      async transaction(_mode, _begin, task) {
        begun += 1;
        if (begun <= refusals) throw error;
        return task(async () => ({ rows: [{ rows: 0, made: 7 }], count: 0 }));
      },
      close: async () => {},
    },
  };
}

it.each([0, 1, 2])("begins again where %i sessions do not know their membership", async (refusals) => {
  const { connection, begun } = fakeConnection(refusals, denied);
  const run = schemaTransactions(connection, facts, 7);
  expect(await run("read", { scope: scopeFilter({}, "within"), signal }, async () => "done")).toBe("done");
  expect(begun()).toBe(refusals + 1);
});

it("gives up after three, and begins nothing again after another failure", async () => {
  const scope = scopeFilter({}, "within");
  const lasting = fakeConnection(9, denied);
  const run = schemaTransactions(lasting.connection, facts, 7);
  await expect(run("write", { scope, signal }, async () => "done")).rejects.toBe(denied);
  expect(lasting.begun()).toBe(3);
  const other = fakeConnection(9, new Error("permission denied for table records"));
  const fails = schemaTransactions(other.connection, facts, 7);
  await expect(fails("write", { scope, signal }, async () => "done")).rejects.toThrow("records");
  expect(other.begun()).toBe(1);
});
