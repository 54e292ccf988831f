import type { OperationContext } from "../guard/operation-context.ts";
import { nameOf } from "../records/identity.ts";
import { saidIn } from "../records/validity.ts";
import type { StoredRecord } from "../store/vector-store.ts";
import type { QuestionTime } from "../text/question-time.ts";
import { type Arms, newestFirst, rank, type Scored } from "./rank.ts";

/** What the time adds, as a part of what the best keywords add. */
const share = 0.25;

/**
 * Ranks as `rank` does, with a bonus for what was said in the time that the question names. Both arms are asked within that time as well,
 * so that much that was said at other times does not crowd it out. Nothing is left out.
 */
export async function rankInTime(
  context: OperationContext,
  terms: readonly string[],
  vector: Float32Array | undefined,
  arms: Arms,
  time: QuestionTime,
): ReturnType<typeof rank> {
  const within: Arms = { ...arms, filter: { type: "and", filters: [arms.filter, ...saidIn(time)] } };
  const [all, inTime] = await Promise.all([
    rank(context, terms, vector, arms),
    rank(context, terms, vector, within),
  ]);
  const best = Math.max(all.best, inTime.best);
  const candidates = new Map(
    [...inTime.ranking, ...all.ranking].map(({ candidate }) => [nameOf(candidate.record), candidate]),
  );
  const ranking = [...candidates.values()]
    .map((candidate): Scored => {
      const { record, similarity = 0, keyword } = candidate;
      const words = keyword === undefined ? 0 : (all.weight * keyword) / best;
      return { candidate, score: similarity + words + timeBonus(record, time, all.weight) };
    })
    .sort((a, b) => b.score - a.score || newestFirst(a.candidate.record, b.candidate.record));
  return { ...all, ranking, best };
}

/** What the time that a question names adds to the score of a memory: nothing where it was said at another time. */
export function timeBonus(
  { fields: { $validFrom } }: StoredRecord,
  { after, before }: QuestionTime,
  weight: number,
): number {
  return after <= $validFrom && $validFrom < before ? share * weight : 0;
}
