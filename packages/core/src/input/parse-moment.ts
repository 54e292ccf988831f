import { startOfDay } from "../util/days.ts";
import { fail } from "./fail.ts";

/**
 * Milliseconds since 1970 of a Date (of any realm), or of a moment in ISO 8601: a day, or a day and a time with its offset. A day begins
 * in the time zone. A time without an offset would mean another moment on each machine.
 */
export function parseMoment(value: unknown, path: string, timeZone: string): number {
  const moment = isDate(value)
    ? Date.prototype.getTime.call(value)
    : typeof value === "string"
      ? parseIso(value, path, timeZone)
      : Number.NaN;
  if (Number.isNaN(moment)) fail(path, "must be a valid Date or an ISO 8601 string");
  return moment;
}

/** Jest and workers have Dates of their own: they are told by the time within them. */
function isDate(value: unknown): value is Date {
  try {
    return typeof Date.prototype.getTime.call(value) === "number";
  } catch {
    return false;
  }
}

const day = /^(\d{4})-(\d{2})-(\d{2})$/;
const time = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/i;

function parseIso(text: string, path: string, timeZone: string): number {
  const [, year = "", month = "", date = "", offset] = day.exec(text) ?? time.exec(text) ?? [];
  if (year === "")
    return fail(
      path,
      'must be a day, such as "2026-01-31", or a time with its offset, such as "2026-01-31T09:00:00+01:00"',
    );
  // JavaScript takes 30 February for 2 March.
  const midnight = new Date(`${year}-${month}-${date}T00:00:00Z`);
  if (midnight.getUTCDate() !== Number(date))
    fail(path, `is no day of the calendar: ${year}-${month}-${date}`);
  if (day.test(text)) return startOfDay(text, timeZone);
  if (offset === undefined)
    fail(path, 'has a time without an offset: end it with "Z", or with an offset such as "+01:00"');
  return Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
}
