import { InvalidRankingError } from "../errors/invalid-ranking-error.ts";
import { type Filter, noExpiry } from "../filter/filter.ts";
import type { OperationContext } from "../guard/guard.ts";
import type { ParsedOptions } from "../input/options.ts";
import { identify } from "../records/build-records.ts";
import { decode, type MemoryItem, toMemoryItem } from "../records/memory-record.ts";
import { type ScopeFilter, scopeFilter } from "../scope/scope-filter.ts";
import type { ScoredRecord, StoredRecord } from "../store/vector-store.ts";
import type { FieldWeights } from "../text/bm25.ts";
import { documentTerms, queryTerms } from "../text/tokenize.ts";
import { dot } from "../util/dot.ts";

/** How a result's score came about. */
export interface Explanation {
  /** The cosine of the query and the memory, with an embedder. */
  readonly similarity?: number;
  /** The keyword score, the best keyword score of this query, and how much their quotient counts. */
  readonly keyword?: { readonly score: number; readonly best: number; readonly weight: number };
  /** What the reranker gave it, where there is one: results are in this order. */
  readonly rerank?: number;
  /** The query's terms in the memory's own text, reduced to their stems. */
  readonly matchedTerms: readonly string[];
}

/** A memory that was found. */
export interface SearchResult extends MemoryItem {
  /**
   * Higher is better. With an embedder, the cosine plus up to 0.4 for keywords; without one, the keyword
   * score divided by the query's best, and 0 for a memory that shares no word with the query.
   */
  readonly score: number;
  /** With `explain: true`. */
  readonly explanation?: Explanation;
}

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
  access: OperationContext,
  query: string,
  options: ParsedOptions,
): Promise<readonly SearchResult[]> {
  const limit = options.limit ?? 10;
  const now = Date.now();
  const arms: Arms = {
    scope: scopeFilter(access.scope.inner, options.levels),
    filter: validAt(now, options),
    limit,
    // Deep enough that what one arm finds has its score in the other one too.
    depth: Math.max(limit, Math.min(10 * limit, 500)),
  };
  const terms = queryTerms(query);
  const [vector] = access.embedder
    ? await access.embedder.embed([query], { purpose: "query", ...access.signal })
    : [];
  const { ranking, best, weight } = await rank(access, terms, vector, arms);
  const scored = ranking.filter(({ score }) => options.threshold === undefined || score >= options.threshold);
  const shown = await decrypt(access, scored.slice(0, access.reranker ? arms.depth : limit));
  const ranked = await rerank(access, query, shown, options.asOf);
  return ranked.slice(0, limit).map(({ candidate, score }) => {
    const item = toMemoryItem(decode(candidate.record), access.scope.tenant, options.asOf);
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
  access: OperationContext,
  terms: readonly string[],
  vector: Float32Array | undefined,
  arms: Arms,
): Promise<{ readonly ranking: readonly Scored[]; readonly best: number; readonly weight: number }> {
  const weights = vector ? besideVectors : alone;
  const { candidates, best } = await findCandidates(access, vector, terms, weights.fields, arms);
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
  access: OperationContext,
  query: string,
  scored: readonly Scored[],
  asOf?: number,
): Promise<readonly Scored[]> {
  const { reranker, signal } = access;
  if (!reranker || scored.length === 0) return scored;
  const texts = scored.map(
    ({ candidate }) => toMemoryItem(decode(candidate.record), access.scope.tenant, asOf).text,
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

/** What holds at the moment that is asked for, has not expired, and passes the caller's filter. */
export function validAt(now: number, { asOf, filter }: ParsedOptions): Filter {
  const range = (field: string, operator: "lte" | "gt", value: number): Filter => ({
    type: "range",
    field,
    operator,
    value,
    negated: false,
  });
  const filters = [range("$validTo", "gt", asOf ?? now), range("$expiresAt", "gt", now)];
  if (asOf !== undefined) filters.push(range("$validFrom", "lte", Math.min(asOf, noExpiry)));
  return { type: "and", filters: filter ? [...filters, filter] : filters };
}

async function findCandidates(
  access: OperationContext,
  vector: Float32Array | undefined,
  terms: readonly string[],
  weights: FieldWeights,
  arms: Arms,
): Promise<{ readonly candidates: ReadonlyMap<string, Candidate>; readonly best: number }> {
  const { scope, filter, depth } = arms;
  const [byVector, byKeyword] = await Promise.all([
    vector ? access.namespace.search({ vector, scope, filter, limit: depth, ...access.signal }) : [],
    access.namespace.searchText({
      terms,
      weights,
      scope,
      filter,
      limit: depth,
      ...access.signal,
    }),
  ]);
  const candidates = new Map<string, Candidate>();
  const candidateOf = ({ record }: ScoredRecord): Candidate => {
    const key = identify(record.id, record.scopeKey);
    const candidate = candidates.get(key) ?? { record };
    candidates.set(key, candidate);
    return candidate;
  };
  for (const hit of byVector) candidateOf(hit).similarity = hit.score;
  for (const hit of byKeyword) candidateOf(hit).keyword = hit.score;
  if (vector) await addSimilarities(access, vector, candidates, scope);
  else await addRecent(access, candidates, arms);
  return { candidates, best: Math.max(...byKeyword.map(({ score }) => score), 0) };
}

/** What only the keywords found gets its cosine too: its vector is compared here. */
async function addSimilarities(
  access: OperationContext,
  vector: Float32Array,
  candidates: ReadonlyMap<string, Candidate>,
  scope: ScopeFilter,
): Promise<void> {
  const missing = [...candidates.values()].filter(({ similarity }) => similarity === undefined);
  if (missing.length === 0) return;
  const ids = missing.map(({ record }) => record.id);
  const wanted = { ids, scope, vectors: true, sealed: true, ...access.signal };
  for (const record of await access.namespace.get(wanted)) {
    const candidate = candidates.get(identify(record.id, record.scopeKey));
    if (!candidate || !record.vector || candidate.similarity !== undefined) continue;
    candidate.similarity = dot(record.vector, vector);
  }
}

/** A search ranks: where fewer memories share a word with the query than were asked for, the newest follow. */
async function addRecent(
  access: OperationContext,
  candidates: Map<string, Candidate>,
  arms: Arms,
): Promise<void> {
  if (candidates.size >= arms.limit) return;
  const { scope, filter, limit } = arms;
  const page = await access.namespace.list({
    scope,
    filter,
    limit: limit + candidates.size,
    ...access.signal,
  });
  for (const record of page.records) {
    const key = identify(record.id, record.scopeKey);
    if (!candidates.has(key)) candidates.set(key, { record });
  }
}

function newestFirst(a: StoredRecord, b: StoredRecord): number {
  return (
    b.fields.$createdAt - a.fields.$createdAt ||
    (identify(a.id, a.scopeKey) < identify(b.id, b.scopeKey) ? -1 : 1)
  );
}
