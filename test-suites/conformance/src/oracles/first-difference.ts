/** How many characters around a difference are shown, on each side of it. */
const around = 30;

/**
 * Says where two texts part, with what is around it, undefined where they are the same. However long they are, the answer is short:
 * `character 100000 is "…xxxxab…" instead of "…xxxxac…"`, and where the lengths differ, ` (99999 characters instead of 100001)`.
 * What JSON escapes is escaped, so that blanks, control characters and halves of a surrogate pair show.
 */
export function firstDifference(expected: string, found: string): string | undefined {
  if (expected === found) return undefined;
  const shorter = Math.min(expected.length, found.length);
  let at = 0;
  while (at < shorter && expected[at] === found[at]) at++;
  const lengths =
    expected.length === found.length ? "" : ` (${found.length} characters instead of ${expected.length})`;
  return `character ${at} is ${excerpt(found, at)} instead of ${excerpt(expected, at)}${lengths}`;
}

function excerpt(text: string, at: number): string {
  if (at >= text.length)
    return `the end, after ${JSON.stringify(`${at > around ? "…" : ""}${text.slice(-around)}`)}`;
  const [from, to] = [Math.max(0, at - around), at + around];
  return JSON.stringify(`${from > 0 ? "…" : ""}${text.slice(from, to)}${to < text.length ? "…" : ""}`);
}
