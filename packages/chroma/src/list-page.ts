import type { DriverListQuery, ListedRecord } from "@loci/core/store";
import type { Collection, Where } from "chromadb";
import { dialect, range } from "./dialect.ts";
import { toRecord } from "./record-rows.ts";

/** Chroma has no order: a listing looks through one span of time after another, this long at first, in milliseconds. */
const firstSpan = 60_000;
const spanFactor = 8;
/** Before every moment that a Date can name, and after. */
const [earliest, latest] = [-8.65e15, 8.65e15];

/** Reads the records that follow a position. */
export async function listPage(
  collection: Collection,
  { where, limit, after, vectors }: Omit<DriverListQuery<Where>, "signal">,
): Promise<readonly ListedRecord[]> {
  const { createdAt: created, tie: key } = after ?? { createdAt: latest, tie: "" };
  const bound = 4 * limit + 50;
  const found: ListedRecord[] = [];
  // The moment of the cursor itself first: what was written at once is ordered by its key.
  let top = created + (after ? Number.EPSILON * Math.abs(created) + Number.MIN_VALUE : 0);
  let span = after ? firstSpan : Math.max(firstSpan, latest - Date.now());
  while (found.length < limit && top > earliest) {
    const bottom = Math.max(top - span, earliest);
    const splittable = span > 1;
    const part = await readListed(
      collection,
      dialect.and([where, range("created_at", "lt", top), range("created_at", "gte", bottom)]),
      vectors,
      splittable ? bound + 1 : undefined,
    );
    if (splittable && part.length > bound) {
      span = Math.max(1, span / spanFactor);
      continue;
    }
    found.push(
      ...part
        .filter((one) => !after || timeOf(one) < created || (timeOf(one) === created && one.tie > key))
        .sort((a, b) => timeOf(b) - timeOf(a) || (a.tie < b.tie ? -1 : 1)),
    );
    top = bottom;
    if (part.length <= limit) span *= spanFactor;
  }
  return found.slice(0, limit);
}

function timeOf({ record }: ListedRecord): number {
  return record.fields.$createdAt;
}

async function readListed(
  collection: Collection,
  where: Where,
  vectors: boolean,
  limit: number | undefined,
): Promise<ListedRecord[]> {
  const found = await collection.get({
    where,
    ...(limit === undefined ? {} : { limit }),
    include: vectors ? ["metadatas", "embeddings"] : ["metadatas"],
  });
  return found.ids.flatMap((tie, index): ListedRecord[] => {
    const metadata = found.metadatas[index];
    return metadata ? [{ record: toRecord(metadata, found.embeddings[index]), tie }] : [];
  });
}
