import { expect, it } from "vitest";
import { PartialWriteError } from "../errors/partial-write-error.ts";
import { StoreError } from "../errors/store-error.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { inMemory } from "../store/in-memory-store.ts";
import type { Manifest } from "../store/manifest.ts";
import { namespaceKey } from "../store/namespace-key.ts";
import { retryingStore } from "./retrying-store.ts";

const identity = { kind: "organization", deployment: "default", orgId: "acme", generation: 1 } as const;
const manifest: Manifest = { ...identity, scheme: 1, embedder: null, createdAt: 0 };
const everything = scopeFilter({}, "within");

/** A store that fails a number of times before each first answer. */
function failing(times: number, failure: () => Error) {
  const store = inMemory();
  let left = times;
  let calls = 0;
  const attempt = async <T>(call: () => Promise<T>) => {
    calls += 1;
    if (left-- > 0) throw failure();
    return call();
  };
  const patient = retryingStore({
    ...store,
    async open(request) {
      const namespace = await store.open(request);
      return Object.assign(Object.create(namespace) as typeof namespace, {
        manifest: namespace.manifest,
        count: () => attempt(() => namespace.count({ scope: everything })),
        delete: () => attempt(() => namespace.delete({ scope: everything })),
      });
    },
  });
  return { open: () => patient.open({ key: namespaceKey(identity), create: manifest }), calls: () => calls };
}

const busy = () => new StoreError("busy", { store: "test" }, { retryable: true });

it("asks again when what failed can pass, a few times", async () => {
  const twice = failing(2, busy);
  expect(await (await twice.open()).count({ scope: everything })).toBe(0);
  expect(twice.calls()).toBe(3);
  const always = failing(100, busy);
  await expect((await always.open()).count({ scope: everything })).rejects.toThrow("busy");
  expect(always.calls()).toBe(4);
});

it("writes a list again that was written in part", async () => {
  const store = inMemory();
  let writes = 0;
  const patient = retryingStore({
    ...store,
    async open(request) {
      const namespace = await store.open(request);
      return {
        ...namespace,
        async upsert() {
          writes += 1;
          const fields = { stored: ["a"], failed: ["b"] };
          if (writes < 3) throw new PartialWriteError("half", fields, { retryable: writes < 2 });
        },
      };
    },
  });
  const namespace = await patient.open({ key: namespaceKey(identity), create: manifest });
  await expect(namespace.upsert({ records: [] })).rejects.toMatchObject({ stored: ["a"] });
  expect(writes).toBe(2);
});

it("asks once for what would fail again, and deletes once", async () => {
  const final = failing(1, () => new StoreError("refused", { store: "test" }));
  await expect((await final.open()).count({ scope: everything })).rejects.toThrow("refused");
  expect(final.calls()).toBe(1);
  const deletion = failing(1, busy);
  await expect((await deletion.open()).delete({ scope: everything })).rejects.toThrow("busy");
  expect(deletion.calls()).toBe(1);
});
