import type { DriverListQuery, ListedRecord } from "@loci/core/store";
import type { Condition } from "./dialect.ts";
import { placeOf } from "./point-version.ts";

/** Reads at most so many records in the descending order of one key, of those that meet some conditions. */
type Read = (
  key: "created_at" | "place",
  most: number,
  ...more: readonly Condition[]
) => Promise<readonly ListedRecord[]>;

/**
 * Lists the newest records first, and of one moment the last that was given. Qdrant orders by one number and leaves the order of
 * equal ones open. So the last moment of a full page, of which it may show a part, is read by its second key. A page that is not full
 * is read at once: what is written meanwhile may give a record another moment, and nobody would find it at either.
 */
export async function listPage(
  { limit, after }: Pick<DriverListQuery<never>, "limit" | "after">,
  read: Read,
): Promise<readonly ListedRecord[]> {
  const found = after ? await moment(after.createdAt, limit, read, String(after.tie)) : [];
  if (found.length >= limit) return found;
  const older: Condition[] = after ? [{ key: "created_at", range: { lt: after.createdAt } }] : [];
  const wanted = limit - found.length;
  const rest = await read("created_at", wanted, ...older);
  const last = rest.at(-1);
  if (!last || rest.length < wanted) return [...found, ...[...rest].sort(newestFirst)];
  const whole = [...rest].filter((one) => timeOf(one) !== timeOf(last)).sort(newestFirst);
  const shown = [...found, ...whole];
  return [...shown, ...(await moment(timeOf(last), limit - shown.length, read))];
}

/** Lists records of one moment, after a tie. Two processes may have given one place to two of them, whose ids decide then. */
async function moment(
  createdAt: number,
  limit: number,
  read: Read,
  after?: string,
): Promise<readonly ListedRecord[]> {
  const conditions: Condition[] = [{ key: "created_at", range: { gte: createdAt, lte: createdAt } }];
  if (after) conditions.push({ key: "place", range: { lte: placeOf(after) } });
  // One more for the record that was the last, and one that shows where the places of the page end.
  for (let most = limit + 2; ; most *= 2) {
    const some = await read("place", most, ...conditions);
    const page = [...some]
      .sort(newestFirst)
      .filter(({ tie }) => !after || byPlace(String(tie), after) > 0)
      .slice(0, limit);
    const [end, beyond] = [page.at(-1), some.at(-1)];
    const isWhole = end && beyond && placeOf(String(beyond.tie)) < placeOf(String(end.tie));
    if (some.length < most || (page.length === limit && isWhole)) return page;
  }
}

function newestFirst(a: ListedRecord, b: ListedRecord): number {
  return timeOf(b) - timeOf(a) || byPlace(String(a.tie), String(b.tie));
}

function byPlace(a: string, b: string): number {
  return placeOf(b) - placeOf(a) || (a === b ? 0 : a < b ? -1 : 1);
}

function timeOf({ record }: ListedRecord): number {
  return record.fields.$createdAt;
}
