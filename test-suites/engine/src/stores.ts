import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chosenEffort, chosenStores, missing, storesLeftOut } from "@loci/backends";
import type { Instance } from "@loci/conformance";
import { inMemory, type VectorStore } from "@loci/core";
import { loadSubject, type Subject } from "@loci/matrix";
import { sqlite } from "@loci/sqlite";
import { afterAll, it, onTestFinished } from "vitest";

/** A store that the tests run on, each time made anew, on an empty backend. */
export interface TestedStore {
  readonly name: string;
  /** Makes one. On a server, the one before it is gone then. */
  readonly make: () => VectorStore;
  /** How much of what is generated: a request takes a server longer than the embedded stores. */
  readonly share: number;
}

/** A folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "loci-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The stores that need nothing. */
const embeddedStores: readonly TestedStore[] = [
  { name: "in-memory", make: inMemory, share: 1 },
  {
    name: "sqlite",
    make: () => {
      // Two open files at the most, so that every test also closes and opens files again.
      const store = sqlite({ directory: join(temporaryFolder(), "memories"), maxOpenFiles: 2 });
      onTestFinished(() => store.close());
      return store;
    },
    share: 1,
  },
];
const chosen = chosenStores();
const embedded = embeddedStores.filter(({ name }) => chosen.some((one) => one === name));

/** What runs on a server, as far as it is to be had here. The pooler is left to the conformance suite. */
const subjects = await Promise.all(
  chosen.filter((name) => !["in-memory", "sqlite", "postgres-pooled"].includes(name)).map(loadSubject),
);
const served = subjects
  .filter(({ backend }) => !backend || !missing(backend))
  .map((subject): TestedStore => ({ name: subject.name, make: () => made(subject), share: 0.2 }));

/** Every store that is chosen and to be had here, for what a store can change: races, crashes, faults, erasure. */
export const allStores: readonly TestedStore[] = [...embedded, ...served];
const isNamed = Boolean(process.env.LOCI_STORES);
/** For what no store can change: the embedded ones, or all where they are named or the effort demands it. */
export const engineStores: readonly TestedStore[] =
  isNamed || chosenEffort().everyStore ? allStores : embedded;

/** Whether a store finds words without an embedder. */
export function findsWords({ name }: TestedStore): boolean {
  return name !== "chroma";
}

if (storesLeftOut().length > 0)
  it.skip(`on what LOCI_STORES leaves out: ${storesLeftOut().join(", ")}`, () => {});
for (const { name, backend } of subjects) {
  const reason = backend && missing(backend);
  if (reason === undefined) continue;
  it.skipIf(!process.env.LOCI_REQUIRE_BACKENDS)(`on ${name}`, () => {
    throw new Error(reason);
  });
}

const current = new Map<Subject, Promise<Instance>>();
afterAll(async () => {
  for (const [subject, instance] of current) {
    await (await instance).dispose();
    await subject.stop();
  }
});

/** A store whose making takes time, for tests that want it at once. */
function made(subject: Subject): VectorStore {
  const { name, capabilities, harness } = subject;
  const before = current.get(subject);
  const instance = (async () => {
    await (await before)?.dispose();
    return harness.create();
  })();
  instance.catch(() => {});
  current.set(subject, instance);
  const store = async () => (await instance).store;
  return {
    specVersion: 1,
    name,
    capabilities,
    open: async (request) => (await store()).open(request),
    drop: async (request) => (await store()).drop(request),
    leftovers: async (request) => (await (await store()).leftovers?.(request)) ?? [],
    close: async () => (await store()).close(),
  };
}
