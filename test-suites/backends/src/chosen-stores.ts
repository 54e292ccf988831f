/** The stores that tests run on: those that `LOCI_STORES` names, separated by commas. Default: every one. */
export function chosenStores(): readonly StoreName[] {
  const named = process.env.LOCI_STORES;
  if (!named) return storeNames;
  const names = named.split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !storeNames.includes(name as StoreName));
  if (unknown.length > 0) {
    throw new Error(
      `LOCI_STORES names ${unknown.map((name) => `"${name}"`).join(", ")}. There are: ${storeNames.join(", ")}.`,
    );
  }
  return storeNames.filter((name) => names.includes(name));
}

/** Every store, under the name that `LOCI_STORES` and `npm run matrix` know. The first three need no server. */
export const storeNames = [
  "in-memory",
  "sqlite",
  "pglite",
  "postgres",
  "postgres-pooled",
  "chroma",
  "elasticsearch",
  "qdrant",
] as const;
export type StoreName = (typeof storeNames)[number];

/** Those that `LOCI_STORES` does not name. */
export function storesLeftOut(): readonly StoreName[] {
  const chosen = chosenStores();
  return storeNames.filter((name) => !chosen.includes(name));
}
