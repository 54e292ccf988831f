/**
 * A version of a record. Each is a row of its own, whose id follows from the version that it replaces: all who would replace one
 * write the same id, and Chroma keeps the first. The first version of a record lies under the record's key.
 */
export interface RowVersion {
  /** Grows from version to version, and from one life of a record to the next. */
  readonly order: number;
  /** When the record was first written, in microseconds: its place among those of the same moment. */
  readonly written: number;
  /** Follows from what was written, and over what: whoever repeats a write knows the row that it has made. */
  readonly token: string;
  /** The tokens of the versions before it, the last one first. */
  readonly former: readonly string[];
}

/** How many versions before it a version knows: the one that it replaced, and one that a process may have left that died. */
const known = 2;

/** The version that follows one, or that begins a record. */
export function followingVersion(before: RowVersion | undefined, token: string, now: number): RowVersion {
  if (!before) return { order: now, written: now, token, former: [] };
  const order = Math.max(before.order + 1, now);
  return {
    order,
    written: before.written,
    token,
    former: [before.token, ...before.former].slice(0, known + 1),
  };
}

/** The id of the row of a version. */
export function rowIdOf(key: string, { former: [last] }: Pick<RowVersion, "former">): string {
  return last === undefined ? key : `${key}/${last}`;
}

/** The key of the record that a row is a version of. */
export function keyOfRow(id: string): string {
  return id.split("/", 1)[0] ?? id;
}

/** The ids of the rows before a version, the last one first. */
export function formerRowIds(key: string, { former }: RowVersion): readonly string[] {
  return former.slice(0, known).map((_, at) => rowIdOf(key, { former: former.slice(at + 1) }));
}

export function formatVersion({ order, written, token, former }: RowVersion): string {
  return [order, written, token, ...former].join(" ");
}

export function parseVersion(version: unknown): RowVersion {
  const [order = "", written = "", token = "", ...former] = String(version).split(" ");
  return { order: Number(order), written: Number(written), token, former };
}
