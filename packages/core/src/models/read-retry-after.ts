/**
 * How long a server asks to be left alone, in milliseconds: by `retry-after-ms`, or by `retry-after` in seconds or as a date.
 * @param header gives a header by its name in lower case
 * @returns undefined where it does not say so
 * @example
 * ```ts
 * console.log(readRetryAfter((name) => new Headers({ "retry-after": "7" }).get(name))); // 7000
 * ```
 */
export function readRetryAfter(header: (name: string) => string | null | undefined): number | undefined {
  const exact = toNumber(header("retry-after-ms"));
  if (exact !== undefined) return Math.max(exact, 0);
  const given = header("retry-after");
  if (!given) return undefined;
  const seconds = toNumber(given);
  const wait = seconds === undefined ? Date.parse(given) - Date.now() : seconds * 1000;
  return Number.isFinite(wait) ? Math.max(wait, 0) : undefined;
}

function toNumber(text: string | null | undefined): number | undefined {
  return text && /^\s*-?\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
