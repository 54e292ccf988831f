import {
  type Filter,
  inScope,
  matchesFilter,
  type Namespace,
  type ScopeFilter,
  type StoredRecord,
  type VectorRecord,
} from "@loci/core/store";
import { queryWeights } from "../fixtures.ts";
import type { FilterTurns } from "./filter-modes.ts";
import { towards } from "./population.ts";
import { type QueryDirection, type ReadMode, readers } from "./read-modes.ts";
import { scripts } from "./scripts.ts";

/** What a read asks for. */
export interface ReadRequest {
  readonly way: ReadMode["way"];
  readonly scope: ScopeFilter;
  readonly filter?: Filter;
  readonly ids?: readonly string[];
  readonly terms?: readonly string[];
  readonly vector?: Float32Array;
  readonly vectors?: boolean;
  readonly limit: number;
  /** The most pages of a listing. */
  readonly pages: number;
}

/** What a read brought. */
export interface Answer {
  readonly records: readonly StoredRecord[];
  readonly scores?: readonly number[];
  readonly count?: number;
  /** Whether a listing says that there is no more. */
  readonly ended?: boolean;
}

/** The request of a combination of modes; what they leave open is drawn. */
export function requestOf(
  mode: ReadMode,
  records: readonly VectorRecord[],
  turns: FilterTurns,
  random: () => number,
): ReadRequest {
  const one = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const filter = "filter" in mode ? turns.next(mode.way, mode.filter) : undefined;
  const asked = { way: mode.way, scope: readers[mode.reader] as ScopeFilter, ...(filter ? { filter } : {}) };
  // Every second limit that nothing would come to is as much as there is, and on several pages a half of it.
  const cut = (request: ReadRequest): ReadRequest => {
    const there = matching(records, request).length;
    const isWide = there === 0 || (request.pages === 1 && random() < 0.5);
    const most = Math.ceil(there / Math.min(2, request.pages));
    return isWide ? request : { ...request, limit: Math.min(request.limit, most) };
  };
  switch (mode.way) {
    case "get": {
      const known = records.filter(({ scopeKey }) => inScope(asked.scope, scopeKey));
      const ids = Array.from({ length: mode.ids }, (_, index) =>
        index % 7 === 6 ? `nobody's ${index}` : one(records).id,
      );
      // The last of them is the reader's: whoever takes the first few only, misses it.
      return {
        ...asked,
        ids: [...ids.slice(1), one(known.length > 0 ? known : records).id],
        vectors: mode.vectors,
        limit: 0,
        pages: 1,
      };
    }
    case "list":
      return cut({ ...asked, limit: mode.limit, pages: mode.pages, vectors: mode.vectors });
    case "search":
      return cut({ ...asked, limit: mode.limit, pages: 1, vector: queryOf(mode.query) });
    case "searchText": {
      const words = scripts.find(({ name }) => name === mode.script)?.terms ?? [];
      // The last of them alone find something: a word of texts, words of their neighbours, or one that all have: no limit is reached by another.
      const found =
        mode.limit > 1000
          ? ["common"]
          : mode.terms > 40
            ? [...words, "common"]
            : mode.terms > 9
              ? ["before1", "after1"]
              : words.slice(0, 1);
      const absent = Array.from({ length: mode.terms - found.length }, (_, index) => `${words[1]}${index}`);
      return cut({ ...asked, limit: mode.limit, pages: 1, terms: [...absent, ...found] });
    }
    case "count":
      return { ...asked, limit: 0, pages: 1 };
  }
}

/** Asks a namespace. */
export async function read(
  namespace: Namespace,
  request: ReadRequest,
  signal?: AbortSignal,
): Promise<Answer> {
  const { way, scope, limit, pages } = request;
  const query = {
    scope,
    ...(request.filter ? { filter: request.filter } : {}),
    ...(signal ? { signal } : {}),
  };
  const { vectors = false, vector = towards, terms = [], ids = [] } = request;
  switch (way) {
    case "get":
      return { records: await namespace.get({ ids, scope, vectors, ...(signal ? { signal } : {}) }) };
    case "list": {
      const records: StoredRecord[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < pages; page++) {
        const found = await namespace.list({
          ...query,
          limit,
          vectors,
          ...(cursor === undefined ? {} : { cursor }),
        });
        records.push(...found.records);
        cursor = found.cursor;
        if (cursor === undefined) break;
      }
      return { records, ended: cursor === undefined };
    }
    case "count":
      return { records: [], count: await namespace.count(query) };
    default: {
      const hits =
        way === "search"
          ? await namespace.search({ ...query, vector, limit })
          : ((await namespace.searchText?.({ ...query, terms, weights: queryWeights, limit })) ?? []);
      return { records: hits.map(({ record }) => record), scores: hits.map(({ score }) => score) };
    }
  }
}

/** The records that a request is about, before any limit. */
export function matching(records: readonly VectorRecord[], request: ReadRequest): readonly VectorRecord[] {
  const { way, scope, filter } = request;
  const ids = request.ids && new Set(request.ids);
  const terms = new Set(request.terms);
  return records.filter(
    ({ id, scopeKey, fields, vector, keywords: { own, before, after } }) =>
      inScope(scope, scopeKey) &&
      (!filter || matchesFilter(fields, filter)) &&
      (!ids || ids.has(id)) &&
      (way !== "search" || vector !== undefined) &&
      (way !== "searchText" || [...own, ...before, ...after].some((term) => terms.has(term))),
  );
}

function queryOf(query: QueryDirection): Float32Array {
  if (query === "towards the crowds") return towards;
  return query === "aside"
    ? towards.map((value, index) => (index < 2 ? value : 0) * 2)
    : towards.map((value) => -value);
}
