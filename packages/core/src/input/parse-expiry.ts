import { fail } from "./fail.ts";
import { parseMoment } from "./parse-moment.ts";

/** Milliseconds since 1970 of a moment that is still to come. @throws InvalidInputError */
export function parseExpiry(value: unknown, path: string, timeZone: string): number {
  const moment = parseMoment(value, path, timeZone);
  return moment > Date.now() ? moment : fail(path, "is in the past, so that nothing would be kept");
}
