/** Says how bytes differ from what they were, undefined when they do not. */
export function bytesProblem(
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): string | undefined {
  if (!before || before.length === 0) return "there were none to compare with";
  if (!after) return "they are gone";
  if (after.length !== before.length) return `there are ${after.length} of them instead of ${before.length}`;
  const index = after.findIndex((byte, position) => byte !== before[position]);
  return index < 0 ? undefined : `the one at ${index} is another`;
}
