import { recordKey, type VectorRecord, type WriteOutcome } from "@loci/core/store";
import type { Schemas } from "@qdrant/js-client-rest";
import type { Condition } from "./dialect.ts";
import { hasHad, nextVersion, placeOf } from "./point-version.ts";
import { type Point, toPoint, type Written } from "./record-rows.ts";

/**
 * Writes points where what is stored is what they expect. Qdrant decides that for each point at once, by a mode and a filter, and
 * does not say what it decided: so each write has a version of its own, which is read back.
 * - A point that expects none is inserted or left alone. Where nothing is there afterwards, it was deleted since.
 * - A point that expects a version is updated or left alone. Where nothing is there afterwards, it was deleted, before or since.
 */
export async function writePoints(
  records: readonly VectorRecord[],
  { upsert, find }: PointRequests,
): Promise<readonly WriteOutcome[]> {
  const versions = async (ids: readonly string[]) => {
    const found = ids.length > 0 ? await find(ids) : [];
    return new Map(found.map(({ id, payload }) => [id, String(payload?.version)]));
  };
  // One that expects nothing keeps the place of what it replaces, and another one knows it.
  const keyOf = ({ id, scopeKey }: VectorRecord) => recordKey(id, scopeKey);
  const before = await versions(records.filter(({ expected }) => expected === undefined).map(keyOf));
  const written = records.map((record) => {
    const known = before.get(keyOf(record));
    const version = nextVersion(record.expected, known === undefined ? undefined : placeOf(known));
    return { record, point: toPoint(record, version) };
  });
  const kinds = Map.groupBy(written, ({ record: { expected = "any" } }) =>
    typeof expected === "string" ? expected : "version",
  );
  const pointsOf = (kind: "any" | "absent" | "version") => kinds.get(kind)?.map(({ point }) => point) ?? [];
  const [any, absent, versioned] = [pointsOf("any"), pointsOf("absent"), pointsOf("version")];
  if (any.length > 0) await upsert({ points: any });
  if (absent.length > 0) await upsert({ points: absent, update_mode: "insert_only" });
  if (versioned.length > 0) {
    const should = written.flatMap(({ record: { expected }, point }) =>
      typeof expected === "object" ? [hasVersion(point.id, expected.version)] : [],
    );
    await upsert({ points: versioned, update_mode: "update_only", update_filter: { should } });
  }
  const after = await versions([...absent, ...versioned].map(({ id }) => id));
  return written.map(({ record: { expected }, point }): WriteOutcome => {
    if (expected === undefined) return undefined;
    const stored = after.get(point.id);
    const isWritten = stored ? hasHad(stored, point.payload.version) : expected === "absent";
    return isWritten ? undefined : "conflict";
  });
}

/** What writing asks of a collection. */
export interface PointRequests {
  readonly upsert: (request: {
    points: Written[];
    update_mode?: "insert_only" | "update_only";
    update_filter?: Schemas["Filter"];
  }) => Promise<unknown>;
  /** The points with some ids, with their versions. */
  readonly find: (ids: readonly string[]) => Promise<readonly Point[]>;
}

/** Matches one point at one version. */
export function hasVersion(id: string, version: string): Condition {
  return { must: [{ has_id: [id] }, { key: "version", match: { value: version } }] };
}
