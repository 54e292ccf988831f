import { fail } from "./fail.ts";

/** Milliseconds since 1970 of a Date or an ISO 8601 string. */
export function parseMoment(value: unknown, path: string): number {
  const isText = typeof value === "string" && /^\d{4}-\d{2}-\d{2}/.test(value);
  const moment = value instanceof Date ? value.getTime() : isText ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(moment)) fail(path, "must be a valid Date or an ISO 8601 string");
  return moment;
}
