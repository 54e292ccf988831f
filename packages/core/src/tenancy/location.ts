/** Where an organization lives: a region of the deployment, and a cell of it. */
export interface Location {
  readonly region: string;
  readonly cell: string;
}

/** The name of the only region, and of the only cell of a region. */
export const defaultName = "default";

/** A location, and a namespace there. A move or a re-embedding creates a new namespace. */
export interface NamespaceLocation extends Location {
  /** The number in the namespace's name. No two namespaces of a tenant have the same. */
  readonly generation: number;
  /**
   * Where its memories are encrypted: the number of the tenant's first namespace that was, by which its master key is named. So the
   * end of one life of a tenant never takes the key of the next. A namespace with a number is never read in clear.
   */
  readonly keys?: number;
}

/** Names a location in messages and in the registry. */
export function locationName({ region, cell }: Location): string {
  return `${region}/${cell}`;
}

/** Whether two are the same namespace. */
export function sameNamespace(a: NamespaceLocation, b: NamespaceLocation): boolean {
  return a.generation === b.generation && sameLocation(a, b);
}

/** Whether two locations are the same. */
export function sameLocation(a: Location, b: Location): boolean {
  return a.region === b.region && a.cell === b.cell;
}

/** A number for a namespace that no other has: at least 2^32, so it never equals a version of a tenant; below 2^53. */
export function newGeneration(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (1 + (high & 0xfffff)) * 2 ** 32 + low;
}
