import type { DriverListQuery } from "@loci/core/store";
import type { Collection, Where } from "chromadb";
import { dialect, equal, only, range } from "./dialect.ts";
import { type Listed, readRecords } from "./record-rows.ts";

/**
 * Lists the newest records first, and of one moment the last that was given. Chroma has no order. So a page is what lies between
 * two positions: the second is a guess, or follows from a sample where too many records lie between them.
 * @param reach how far the page is likely to go
 */
export async function listPage(
  collection: Collection,
  query: PageQuery,
  reach?: Reach,
): Promise<readonly Listed[]> {
  const { where, limit, after, vectors } = query;
  const newest = (records: readonly Listed[]) =>
    records
      .filter((one) => !after || newestFirst(one, after) > 0)
      .sort(newestFirst)
      .slice(0, limit);
  const following = after ? dialect.and([where, beside("lt", after)]) : where;
  const block = Math.max(limit, smallestBlock);
  let last = after && reach && further(after, reach);
  for (;;) {
    const matching = last ? dialect.and([following, beside("gt", last)]) : following;
    const found = await readRecords(collection, { ...only(matching), limit: 2 * block }, vectors);
    if (found.length < 2 * block) {
      const page = newest(found);
      if (page.length === limit || !last) return page;
      // The guess was too near, or some were deleted since the sample was taken.
      return [
        ...page,
        ...(await listPage(collection, { ...query, limit: limit - page.length, after: last })),
      ];
    }
    // Ids cost a fraction of what contents do.
    const { ids } = await collection.get({ ...only(matching), include: [] });
    const sample = newest(await readRecords(collection, { ids: sampleOf(ids, block) }, false));
    last = sample[limit - 1] ?? last;
  }
}

type PageQuery = Omit<DriverListQuery<Where>, "signal">;
type Position = NonNullable<PageQuery["after"]>;

/** How far a page went: in milliseconds, or in numbers of writing where it was of one moment. */
export interface Reach {
  readonly time: number;
  readonly written: number;
}

/** How far the page after this one is likely to go: as far, and half as much again. */
export function reachAfter(page: readonly Listed[]): Reach | undefined {
  const [from, to] = [page[0], page.at(-1)];
  if (!from || !to) return undefined;
  const time = Math.ceil(1.5 * (from.createdAt - to.createdAt));
  return { time, written: time > 0 ? 0 : Math.ceil(1.5 * (writtenOf(from) - writtenOf(to))) };
}

function further(position: Position, { time, written }: Reach): Position {
  return { createdAt: position.createdAt - time, tie: `${writtenOf(position) - written} ` };
}

/** A smaller page is looked for among as many records as this. */
const smallestBlock = 50;

/** The first and the last that were inserted, since the newest are usually among them, and some in between. */
function sampleOf(ids: readonly string[], block: number): string[] {
  const step = Math.ceil(ids.length / block);
  return ids.filter((_, place) => place < block || place >= ids.length - block || place % step === 0);
}

/** Holds on one side of a position, and at it. */
function beside(side: "lt" | "gt", position: Position): Where {
  const { createdAt } = position;
  const atOnce = [equal("created_at", createdAt), range("written", `${side}e`, writtenOf(position))];
  return dialect.or([range("created_at", side, createdAt), dialect.and(atOnce)]);
}

function writtenOf({ tie }: Position): number {
  return Number.parseInt(String(tie), 10);
}

function newestFirst(a: Position, b: Position): number {
  return b.createdAt - a.createdAt || (a.tie === b.tie ? 0 : a.tie < b.tie ? 1 : -1);
}
