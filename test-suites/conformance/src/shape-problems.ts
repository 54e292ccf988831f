import type { VectorStore } from "@loci/core";
import type { StoreCapabilities } from "@loci/core/store";
import { openOrganization } from "./fixtures.ts";
import type { Instance } from "./harness.ts";

const choices = {
  isolation: ["physical", "routed", "filtered"],
  keyword: [true, false],
  scoreIsolation: ["organization", "scope"],
  erasure: ["physical", "logical"],
  readYourWrites: [true],
} satisfies Partial<Record<keyof StoreCapabilities, readonly unknown[]>>;
const ofStore = ["open", "drop", "close"] as const;
const ofNamespace = ["upsert", "search", "get", "list", "delete", "count"] as const;

/**
 * What is missing before anything can be tried, a sentence for each: a store that has no `drop`, or declares keyword search and has
 * none. Opens one namespace.
 */
export async function shapeProblems(instance: Partial<Instance>): Promise<readonly string[]> {
  const { store, dispose } = instance;
  const problems: string[] = [];
  const has = (object: object, name: string) => typeof Reflect.get(object, name) === "function";
  if (typeof dispose !== "function") problems.push("The harness's create() returns no dispose().");
  if (typeof store !== "object" || store === null)
    return [...problems, "The harness's create() returns no store: it is { store, dispose }."];
  if (typeof store.name !== "string" || store.name === "") problems.push("The store has no name.");
  if (store.specVersion !== 1)
    problems.push(`The store's specVersion is ${store.specVersion}; this suite is for 1.`);
  const lacking = ofStore.filter((name) => !has(store, name));
  if (lacking.length > 0) problems.push(`The store has no ${lacking.join(", no ")}.`);
  const declared: Partial<StoreCapabilities> = store.capabilities ?? {};
  for (const [name, allowed] of Object.entries(choices)) {
    const value: unknown = Reflect.get(declared, name);
    if (!(allowed as readonly unknown[]).includes(value))
      problems.push(`The store declares ${name}: ${value}; it can be ${allowed.join(" or ")}.`);
  }
  if (problems.length > 0) return problems;
  problems.push(...(await namespaceProblems(store)));
  const other = await instance.second?.();
  if (other === undefined) return problems;
  if (other === store)
    problems.push("The harness's second() returns the first store: it has to make another.");
  else await other.close();
  return problems;
}

async function namespaceProblems(store: VectorStore): Promise<readonly string[]> {
  const { namespace } = await openOrganization(store, "the first look");
  if (typeof namespace !== "object" || namespace === null)
    return ["The store's open() returns no namespace."];
  const problems: string[] = [];
  const lacking = ofNamespace.filter((name) => typeof namespace[name] !== "function");
  if (lacking.length > 0) problems.push(`A namespace has no ${lacking.join(", no ")}.`);
  if (typeof namespace.manifest !== "object") problems.push("A namespace has no manifest.");
  const { keyword } = store.capabilities;
  if (keyword !== (typeof namespace.searchText === "function"))
    problems.push(
      keyword
        ? "The store declares keyword: true, and its namespaces have no searchText."
        : "The store declares keyword: false, and its namespaces have searchText.",
    );
  return problems;
}
