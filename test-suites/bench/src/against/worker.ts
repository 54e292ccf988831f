/**
 * Measures steps in one checkout of Loci, in a process of its own: `node worker.ts ROOT STORE PLACE`. It is told by messages which
 * step is next, and answers what one call of it took.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Memory, VectorStore } from "@loci/core";
import { type Area, fakeWordEmbedder, fill, steps } from "./steps.ts";

const [root = "", storeName = "", place = ""] = process.argv.slice(2);

const load = (path: string) => import(pathToFileURL(join(root, path)).href);

async function makeStore(name: string): Promise<VectorStore> {
  if (storeName === "in-memory") return (await load("packages/core/src/index.ts")).inMemory();
  if (storeName === "sqlite")
    return (await load("packages/sqlite/src/index.ts")).sqlite({ directory: join(place, name) });
  return (await load("test-suites/matrix/src/servers.ts")).servers[storeName].store(place, 300_000);
}

const memories = new Map<string, Memory<"multi">>();

async function memoryOf(area: Area): Promise<Memory<"multi">> {
  const name = `${area.memories}-${area.vectors ? "vectors" : "words"}`;
  const known = memories.get(name);
  if (known) return known;
  const { Memory } = await load("packages/core/src/index.ts");
  const memory: Memory<"multi"> = new Memory({
    store: await makeStore(name),
    // Areas on one server are apart.
    deployment: `against-${name}`,
    ...(area.vectors ? { embedder: fakeWordEmbedder() } : {}),
  });
  memories.set(name, memory);
  await fill(memory, area);
  return memory;
}

/** What one call of a step took. */
export interface Cost {
  /** Milliseconds of this process's processor, of all its threads. */
  readonly cpu: number;
  /** Milliseconds that passed. */
  readonly wall: number;
}

async function measure(name: string): Promise<Cost> {
  const step = steps.find((one) => one.name === name);
  if (!step) throw new TypeError(`There is no step ${name}.`);
  const run = await step.prepare(await memoryOf(step.area), step.calls);
  // What was thrown away before is not this step's.
  globalThis.gc?.();
  const before = process.cpuUsage();
  const start = performance.now();
  for (let call = 0; call < step.calls; call++) await run(call);
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1000 / step.calls, wall: wall / step.calls };
}

process.on("message", (name: string) => {
  measure(name).then(
    (cost) => process.send?.({ cost }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
