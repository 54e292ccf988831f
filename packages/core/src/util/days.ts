/**
 * The calendar day of a moment in a time zone, such as "2026-01-31".
 * @param moment milliseconds since 1970
 */
export function dayOf(moment: number, timeZone: string): string {
  return localDate(moment, timeZone).toISOString().split("T")[0] as string;
}

/** The day of the week of a moment in a time zone, in English. */
export function weekdayOf(moment: number, timeZone: string): string {
  return localDate(moment, timeZone).toLocaleDateString("en-US", { weekday: "long", timeZone: "UTC" });
}

/**
 * The first moment of a calendar day in a time zone, in milliseconds since 1970. That is not always midnight: where the clock is put
 * forward at midnight, the day begins at one; where it is put forward over it, at the moment of that.
 * @param day such as "2026-01-31"
 */
export function startOfDay(day: string, timeZone: string): number {
  const midnight = Date.parse(day);
  const before = midnight - offsetAt(midnight - dayLength, timeZone);
  const after = midnight - offsetAt(midnight + dayLength, timeZone);
  const starts = [before, after].filter((moment) => moment + offsetAt(moment, timeZone) === midnight);
  return starts.length > 0 ? Math.min(...starts) : changeBetween(after, before, timeZone);
}

/** When the clock was put forward over midnight: the first moment of the later offset. */
function changeBetween(earlier: number, later: number, timeZone: string): number {
  const offset = offsetAt(later, timeZone);
  let [low, high] = [earlier, later];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle, timeZone) === offset) high = middle;
    else low = middle;
  }
  return high;
}

/** The name of a time zone as the runtime spells it; undefined for one that it does not know. */
export function timeZoneNamed(name: string): string | undefined {
  if (names.has(name)) return name;
  try {
    const spelt = new Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions().timeZone;
    names.add(spelt);
    return spelt;
  } catch {
    return undefined;
  }
}

/** Names as the runtime spells them: to ask it costs a tenth of a millisecond. There are as many as time zones, at the most. */
const names = new Set<string>();

const dayLength = 24 * 60 * 60 * 1000;

/** The farthest moment that a Date can have. */
const farthest = 8.64e15;

/** A Date whose fields in UTC are those of the moment in the time zone. */
function localDate(moment: number, timeZone: string): Date {
  const local = moment + offsetAt(moment, timeZone);
  return new Date(Math.max(-farthest, Math.min(farthest, local)));
}

/** How far a time zone is ahead of UTC at a moment, in milliseconds. */
function offsetAt(moment: number, timeZone: string): number {
  if (timeZone === "UTC") return 0;
  const text = formatterOf(timeZone).format(new Date(moment));
  const [, sign, hours = "0", minutes = "0", seconds = "0"] =
    /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?/.exec(text) ?? [];
  const offset = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === "-" ? -offset : offset;
}

/** To make one costs more than a hundred uses of it. There are as many as time zones, at the most. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const formatter =
    formatters.get(timeZone) ?? new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  formatters.set(timeZone, formatter);
  return formatter;
}
