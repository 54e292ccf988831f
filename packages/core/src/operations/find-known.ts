import type { TimedMessage } from "../extraction/windows.ts";
import type { Filter } from "../filter/filter.ts";
import { noKey } from "../filter/key-paths.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { Source } from "../input/source.ts";
import {
  currentRevision,
  type MemoryRecord,
  pendingField,
  toMemoryRecord,
} from "../records/memory-record.ts";
import { validAt } from "../records/validity.ts";
import { exactScopeFilter, type ScopeKey } from "../scope/scope-filter.ts";
import { estimateTokens, splitByTokens } from "../text/estimate-tokens.ts";
import { queryTerms } from "../text/tokenize.ts";
import { decrypt, rank } from "./rank.ts";

/** Tokens of each searched piece of a conversation. The vector of a longer piece is near to no memory. */
const pieceTokens = 120;
const maxPieces = 24;
const depth = 10;
/** Tokens that number, date and quotes of a known memory take. */
const overhead = 25;

/**
 * The memories of exactly this scope key, without those that the application keeps under a key, that are nearest to any piece of a conversation, nearest first, within a
 * token budget.
 */
export async function findKnown(
  context: OperationContext,
  scopeKey: ScopeKey,
  window: readonly TimedMessage[],
  maxTokens: number,
  minimumTrust?: Source,
): Promise<readonly MemoryRecord[]> {
  const pieces = splitByTokens(window.map(({ text }) => text).join("\n"), pieceTokens)
    .filter((piece) => piece.trim() !== "")
    .slice(-maxPieces);
  const vectors = context.embedder
    ? await context.embedder.embed(pieces, { purpose: "query", ...context.signal })
    : [];
  const isProcessed: Filter = { type: "exists", field: pendingField, negated: true };
  const arms = {
    scope: exactScopeFilter(scopeKey),
    filter: validAt(Date.now(), {
      filter: { type: "and", filters: [isProcessed, noKey] },
      ...(minimumTrust ? { minimumTrust } : {}),
    }),
    limit: depth,
    depth: { vectors: depth, keywords: depth },
    shown: depth,
  };
  const best = new Map<string, { readonly memory: MemoryRecord; readonly score: number }>();
  for (const [index, piece] of pieces.entries()) {
    const { ranking } = await rank(context, queryTerms(piece), vectors[index], arms);
    for (const { candidate, score } of await decrypt(context, ranking.slice(0, depth))) {
      const { id } = candidate.record;
      if (score > (best.get(id)?.score ?? Number.NEGATIVE_INFINITY))
        best.set(id, { memory: toMemoryRecord(candidate.record), score });
    }
  }
  let left = maxTokens;
  return [...best.values()]
    .sort((a, b) => b.score - a.score)
    .map(({ memory }) => memory)
    .filter(({ payload }) => {
      const tokens = overhead + estimateTokens(currentRevision(payload).text);
      if (tokens > left) return false;
      left -= tokens;
      return true;
    });
}
