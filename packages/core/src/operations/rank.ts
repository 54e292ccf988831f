import type { Filter } from "../filter/filter.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { isCosineScatter, keywordWeight } from "../models/cosine-scatter.ts";
import { nameOf } from "../records/identity.ts";
import type { ScopeFilter } from "../scope/scope-filter.ts";
import type { CosineScatter } from "../store/manifest.ts";
import type { ScoredRecord, StoredRecord } from "../store/vector-store.ts";
import type { FieldWeights } from "../text/bm25.ts";
import { dot } from "../util/dot.ts";

/** The weights of keyword fields that measured best: beside vectors, and alone. */
const withVectors = { own: 1, before: 0.3, after: 0.2 };
const alone = { own: 1, before: 0.5, after: 0.3 };

type Weights = { readonly fields: FieldWeights; readonly keyword: number };

/** Ranks the candidates of both arms, vectors and keywords, by the sum of their scores. */
export async function rank(
  context: OperationContext,
  terms: readonly string[],
  vector: Float32Array | undefined,
  arms: Arms,
): Promise<Ranking> {
  const scatter = vector ? await scatterOf(context) : undefined;
  const weights: Weights = vector
    ? { fields: withVectors, keyword: keywordWeight(scatter) }
    : { fields: alone, keyword: 1 };
  const { candidates, best } = await findCandidates(context, vector, terms, weights, arms);
  const ranking = [...candidates.values()]
    .map((candidate): Scored => {
      return { candidate, score: (candidate.similarity ?? 0) + keywordPart(candidate, weights, best) };
    })
    .sort((a, b) => b.score - a.score || newestFirst(a.candidate.record, b.candidate.record));
  return { ranking, best, weight: weights.keyword, scatter };
}

/** The candidates, best first, and what their scores are made of. */
interface Ranking {
  readonly ranking: readonly Scored[];
  /** The best keyword score of the query. */
  readonly best: number;
  /** The weight of keywords. */
  readonly weight: number;
  /** By which they are weighted; undefined without vectors, and where it is not known. */
  readonly scatter: CosineScatter | undefined;
}

/** How the embedder's cosines scatter: by the manifest, so that all processes agree; an older manifest does not say it. */
async function scatterOf({
  namespace,
  embedder,
  signal,
}: OperationContext): Promise<CosineScatter | undefined> {
  const { scatter } = namespace.manifest;
  return isCosineScatter(scatter) ? scatter : embedder?.scatter(signal);
}

/** The same candidates, decrypted. */
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

/** A candidate with its score. */
export interface Scored {
  readonly candidate: Candidate;
  readonly score: number;
}

/** What both arms search, and how deep. */
export interface Arms {
  readonly scope: ScopeFilter;
  readonly filter: Filter;
  readonly limit: number;
  /** How many candidates the vectors are asked for, and how many the keywords. */
  readonly depth: { readonly vectors: number; readonly keywords: number };
  /** How many of the ranking are looked at: those that cannot be among them may be left out. */
  readonly shown: number;
}

interface Candidate {
  readonly record: StoredRecord;
  similarity?: number;
  keyword?: number;
  rerank?: number;
}

async function findCandidates(
  context: OperationContext,
  vector: Float32Array | undefined,
  terms: readonly string[],
  weights: Weights,
  arms: Arms,
): Promise<{ readonly candidates: ReadonlyMap<string, Candidate>; readonly best: number }> {
  const { scope, filter, depth, shown } = arms;
  const { namespace, signal } = context;
  const [byVector, byKeyword] = await Promise.all([
    vector ? namespace.search({ vector, scope, filter, limit: depth.vectors, ...signal }) : [],
    namespace.searchText({
      terms,
      weights: weights.fields,
      scope,
      filter,
      limit: depth.keywords,
      ...signal,
    }),
  ]);
  const candidates = new Map<string, Candidate>();
  const candidateOf = ({ record }: ScoredRecord): Candidate => {
    const key = nameOf(record);
    const candidate = candidates.get(key) ?? { record };
    candidates.set(key, candidate);
    return candidate;
  };
  for (const hit of byVector) candidateOf(hit).similarity = hit.score;
  for (const hit of byKeyword) candidateOf(hit).keyword = hit.score;
  const best = Math.max(...byKeyword.map(({ score }) => score), 0);
  if (vector) {
    // Who is not among the nearest is not nearer than the last of them.
    const last = byVector.length < depth.vectors ? undefined : byVector.at(-1);
    if (last)
      leaveOut(candidates, (one) => last.score + keywordPart(one, weights, best), weights, best, shown);
    await addSimilarities(context, vector, candidates, scope);
  } else await addRecent(context, candidates, arms);
  return { candidates, best };
}

/** What the words of a candidate add to its score. */
function keywordPart({ keyword }: Candidate, weights: Weights, best: number): number {
  return keyword === undefined ? 0 : (weights.keyword * keyword) / best;
}

/**
 * Takes out the candidates without a similarity that can reach no place that is shown, so that their vectors need not be read.
 * @param most the most that the score of such a candidate can be
 */
function leaveOut(
  candidates: Map<string, Candidate>,
  most: (candidate: Candidate) => number,
  weights: Weights,
  best: number,
  shown: number,
): void {
  const scores = [...candidates.values()].flatMap((candidate) =>
    candidate.similarity === undefined ? [] : [candidate.similarity + keywordPart(candidate, weights, best)],
  );
  const least = scores.sort((a, b) => b - a)[shown - 1];
  if (least === undefined) return;
  for (const [key, candidate] of candidates)
    if (candidate.similarity === undefined && most(candidate) < least) candidates.delete(key);
}

/** Adds the cosine of candidates that only the keyword arm found. */
async function addSimilarities(
  context: OperationContext,
  vector: Float32Array,
  candidates: ReadonlyMap<string, Candidate>,
  scope: ScopeFilter,
): Promise<void> {
  const missing = [...candidates.values()].filter(({ similarity }) => similarity === undefined);
  if (missing.length === 0) return;
  const ids = missing.map(({ record }) => record.id);
  const options = { vectors: true, encrypted: true, ...context.signal };
  for (const record of await context.namespace.get({ ids, scope, ...options })) {
    const candidate = candidates.get(nameOf(record));
    if (!candidate || !record.vector || candidate.similarity !== undefined) continue;
    candidate.similarity = dot(record.vector, vector);
  }
}

/** Adds the newest memories up to the limit, when too few share a word with the query. */
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
    const key = nameOf(record);
    if (!candidates.has(key)) candidates.set(key, { record });
  }
}

/** The order of memories with equal scores. */
export function newestFirst(a: StoredRecord, b: StoredRecord): number {
  return b.fields.$createdAt - a.fields.$createdAt || (nameOf(a) < nameOf(b) ? -1 : 1);
}
