import { InvalidRankingError } from "../errors/invalid-ranking-error.ts";
import type { Filter } from "../filter/filter.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { ParsedOptions } from "../input/options.ts";
import { identityOf } from "../records/build-records.ts";
import { toMemoryItem } from "../records/memory-item.ts";
import { toMemoryRecord } from "../records/memory-record.ts";
import type { Explanation, SearchResult } from "../records/search-result.ts";
import { validAt } from "../records/validity.ts";
import { type ScopeFilter, scopeFilter } from "../scope/scope-filter.ts";
import type { ScoredRecord, StoredRecord } from "../store/vector-store.ts";
import type { FieldWeights } from "../text/bm25.ts";
import { documentTerms, queryTerms } from "../text/tokenize.ts";
import { dot } from "../util/dot.ts";

/** Weights that measured best for each way to search: keywords beside vectors, and keywords alone. */
const besideVectors = { fields: { own: 1, before: 0.3, after: 0.2 }, keyword: 0.4 };
const alone = { fields: { own: 1, before: 0.5, after: 0.3 }, keyword: 1 };

interface Candidate {
  readonly record: StoredRecord;
  similarity?: number;
  keyword?: number;
  rerank?: number;
}

/** What was found, with its score. */
export interface Scored {
  readonly candidate: Candidate;
  readonly score: number;
}

/** What both arms are to look through, and how deep. */
export interface Arms {
  readonly scope: ScopeFilter;
  readonly filter: Filter;
  readonly limit: number;
  readonly depth: number;
}

/** Ranks what the scope sees by its relevance to the query: both arms bring candidates, and their scores are added. */
export async function search(
  context: OperationContext,
  query: string,
  options: ParsedOptions,
): Promise<readonly SearchResult[]> {
  const limit = options.limit ?? 10;
  const now = Date.now();
  const arms: Arms = {
    scope: scopeFilter(context.scope.inner, options.levels),
    filter: validAt(now, options),
    limit,
    // Deep enough that what one arm finds has its score in the other one too.
    depth: Math.max(limit, Math.min(10 * limit, 500)),
  };
  const terms = queryTerms(query);
  const [vector] = context.embedder
    ? await context.embedder.embed([query], { purpose: "query", ...context.signal })
    : [];
  const { ranking, best, weight } = await rank(context, terms, vector, arms);
  const scored = ranking.filter(({ score }) => options.threshold === undefined || score >= options.threshold);
  const shown = await decrypt(context, scored.slice(0, context.reranker ? arms.depth : limit));
  const ranked = await rerank(context, query, shown, options.asOf);
  return ranked.slice(0, limit).map(({ candidate, score }) => {
    const item = toMemoryItem(toMemoryRecord(candidate.record), context.scope.tenant, options.asOf);
    if (!options.explain) return { ...item, score };
    const { similarity, keyword, rerank } = candidate;
    const own = new Set(documentTerms(item.text));
    const explanation: Explanation = {
      ...(similarity === undefined ? {} : { similarity }),
      ...(keyword === undefined ? {} : { keyword: { score: keyword, best, weight } }),
      ...(rerank === undefined ? {} : { rerank }),
      matchedTerms: terms.filter((term) => own.has(term)),
    };
    return { ...item, score, explanation };
  });
}

/** Adds the scores of both arms for what either of them brings, the best first. */
export async function rank(
  context: OperationContext,
  terms: readonly string[],
  vector: Float32Array | undefined,
  arms: Arms,
): Promise<{ readonly ranking: readonly Scored[]; readonly best: number; readonly weight: number }> {
  const weights = vector ? besideVectors : alone;
  const { candidates, best } = await findCandidates(context, vector, terms, weights.fields, arms);
  const ranking = [...candidates.values()]
    .map((candidate): Scored => {
      const keyword = candidate.keyword === undefined ? 0 : (weights.keyword * candidate.keyword) / best;
      return { candidate, score: (candidate.similarity ?? 0) + keyword };
    })
    .sort((a, b) => b.score - a.score || newestFirst(a.candidate.record, b.candidate.record));
  return { ranking, best, weight: weights.keyword };
}

/** The same, with contents that can be read. */
export async function decrypt(
  { namespace }: OperationContext,
  scored: readonly Scored[],
): Promise<readonly Scored[]> {
  return Promise.all(
    scored.map(async ({ candidate, score }) => ({
      candidate: { ...candidate, record: await namespace.decrypt(candidate.record) },
      score,
    })),
  );
}

/** Lets the reranker, where there is one, put the best candidates into a better order. */
async function rerank(
  context: OperationContext,
  query: string,
  scored: readonly Scored[],
  asOf?: number,
): Promise<readonly Scored[]> {
  const { reranker, signal } = context;
  if (!reranker || scored.length === 0) return scored;
  const texts = scored.map(
    ({ candidate }) => toMemoryItem(toMemoryRecord(candidate.record), context.scope.tenant, asOf).text,
  );
  const judged: unknown = await reranker.rerank(query, texts, signal);
  if (!Array.isArray(judged) || judged.length !== texts.length || !judged.every(Number.isFinite)) {
    throw new InvalidRankingError(
      `Reranker "${reranker.id}" did not answer ${texts.length} texts with as many finite numbers.`,
      { reranker: reranker.id },
    );
  }
  for (const [index, { candidate }] of scored.entries()) candidate.rerank = Number(judged[index]);
  return [...scored].sort((a, b) => (b.candidate.rerank ?? 0) - (a.candidate.rerank ?? 0));
}

async function findCandidates(
  context: OperationContext,
  vector: Float32Array | undefined,
  terms: readonly string[],
  weights: FieldWeights,
  arms: Arms,
): Promise<{ readonly candidates: ReadonlyMap<string, Candidate>; readonly best: number }> {
  const { scope, filter, depth } = arms;
  const [byVector, byKeyword] = await Promise.all([
    vector ? context.namespace.search({ vector, scope, filter, limit: depth, ...context.signal }) : [],
    context.namespace.searchText({
      terms,
      weights,
      scope,
      filter,
      limit: depth,
      ...context.signal,
    }),
  ]);
  const candidates = new Map<string, Candidate>();
  const candidateOf = ({ record }: ScoredRecord): Candidate => {
    const key = identityOf(record.id, record.scopeKey);
    const candidate = candidates.get(key) ?? { record };
    candidates.set(key, candidate);
    return candidate;
  };
  for (const hit of byVector) candidateOf(hit).similarity = hit.score;
  for (const hit of byKeyword) candidateOf(hit).keyword = hit.score;
  if (vector) await addSimilarities(context, vector, candidates, scope);
  else await addRecent(context, candidates, arms);
  return { candidates, best: Math.max(...byKeyword.map(({ score }) => score), 0) };
}

/** What only the keywords found gets its cosine too: its vector is compared here. */
async function addSimilarities(
  context: OperationContext,
  vector: Float32Array,
  candidates: ReadonlyMap<string, Candidate>,
  scope: ScopeFilter,
): Promise<void> {
  const missing = [...candidates.values()].filter(({ similarity }) => similarity === undefined);
  if (missing.length === 0) return;
  const ids = missing.map(({ record }) => record.id);
  const options = { vectors: true, sealed: true, ...context.signal };
  for (const record of await context.namespace.get(ids, scope, options)) {
    const candidate = candidates.get(identityOf(record.id, record.scopeKey));
    if (!candidate || !record.vector || candidate.similarity !== undefined) continue;
    candidate.similarity = dot(record.vector, vector);
  }
}

/** A search ranks: where fewer memories share a word with the query than were asked for, the newest follow. */
async function addRecent(
  context: OperationContext,
  candidates: Map<string, Candidate>,
  arms: Arms,
): Promise<void> {
  if (candidates.size >= arms.limit) return;
  const { scope, filter, limit } = arms;
  const page = await context.namespace.list({
    scope,
    filter,
    limit: limit + candidates.size,
    ...context.signal,
  });
  for (const record of page.records) {
    const key = identityOf(record.id, record.scopeKey);
    if (!candidates.has(key)) candidates.set(key, { record });
  }
}

function newestFirst(a: StoredRecord, b: StoredRecord): number {
  return (
    b.fields.$createdAt - a.fields.$createdAt ||
    (identityOf(a.id, a.scopeKey) < identityOf(b.id, b.scopeKey) ? -1 : 1)
  );
}
