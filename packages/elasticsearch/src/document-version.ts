/**
 * A version of a document: the number of the last operation on it, which an index gives once, and its place among the documents of
 * the same moment, so that who writes it again need not ask for that.
 */
export function formatVersion(seqNo: unknown, primaryTerm: unknown, place: number): string {
  return `${seqNo}:${primaryTerm}:${place}`;
}

/** A version as a request names it. What was never a version is one that no document has. */
export function atVersion(version: string): { readonly if_seq_no: number; readonly if_primary_term: number } {
  const [, seqNo = Number.MAX_SAFE_INTEGER, primaryTerm = 1] = pattern.exec(version) ?? [];
  return { if_seq_no: Number(seqNo), if_primary_term: Number(primaryTerm) };
}

/** The place of a document at a version. */
export function placeOf(version: string): number {
  return Number(pattern.exec(version)?.[3] ?? 0);
}

const pattern = /^(\d+):(\d+):(\d+)$/;
