import { timeZoneNamed } from "../util/days.ts";
import { describe } from "../util/describe.ts";
import { fail } from "./fail.ts";

/** @throws InvalidInputError for anything but a time zone that the runtime knows */
export function parseTimeZone(value: unknown, path: string): string {
  const wanted = 'a time zone such as "Europe/Berlin", "+05:30" or "UTC"';
  if (typeof value !== "string") fail(path, `must be ${wanted}, not ${describe(value)}`);
  return timeZoneNamed(value) ?? fail(path, `must be ${wanted}, not ${JSON.stringify(value.slice(0, 64))}`);
}
