/** Where an organization lives: a region of the deployment, and a cell of it. */
export interface Location {
  readonly region: string;
  readonly cell: string;
}

/** The name of the only region, and of the only cell of a region. */
export const defaultName = "default";

/** A location, and a namespace there. A move or a re-embedding creates a new namespace. */
export interface NamespaceLocation extends Location {
  /** The number in the namespace's name. */
  readonly generation: number;
}

/** Names a location in messages and in the registry. */
export function locationName({ region, cell }: Location): string {
  return `${region}/${cell}`;
}

/** Whether two locations are the same. */
export function sameLocation(a: Location, b: Location): boolean {
  return a.region === b.region && a.cell === b.cell;
}
