/** Where an organization lives: a region of the deployment, and one of its stores. */
export interface Location {
  readonly region: string;
  readonly cell: string;
}

/** The names where an application has one region, or a region one store. */
export const defaultName = "default";

/** A place, and which namespace there: a move or a re-embedding begins a new one. */
export interface NamespaceLocation extends Location {
  /** The number that its namespace is named by. */
  readonly generation: number;
}

/** Names a place in messages, and in the directory. */
export function locationName({ region, cell }: Location): string {
  return `${region}/${cell}`;
}

/** Whether it is the same place. */
export function sameLocation(a: Location, b: Location): boolean {
  return a.region === b.region && a.cell === b.cell;
}
