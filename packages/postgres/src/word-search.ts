import type { NamespaceKey, TextQuery } from "@loci/core/store";
import { Parameters, predicate } from "./predicate.ts";
import { quoteTerm, recordColumns } from "./record-rows.ts";

/** PostgreSQL divides its ranks by this, the limit of the sum of 1 / n². */
const rankScale = 1.644_934_066_85;
const k1 = 1.2;
const b = 0.75;

/**
 * BM25 in SQL. PostgreSQL's own ranking knows neither how rare a word is nor how long a text; here it only counts how often a
 * word occurs, and the rest is BM25's: inverse document frequency and length, taken from the records inside the
 * reach and from no other. A word that occurs once in a field counts as in BM25 exactly; repetitions count less, as
 * the sum of 1 / n², before BM25 dampens them once more.
 */
export function wordSearch(key: NamespaceKey, query: TextQuery): { sql: string; values: readonly unknown[] } {
  const parameters = new Parameters();
  const scope = predicate(query.scope, undefined, parameters);
  const { own, before, after } = query.weights;
  const heaviest = Math.max(own, before, after) || 1;
  const weights = parameters.add([0, after / heaviest, before / heaviest, own / heaviest], "float4[]");
  const terms = query.terms.map(quoteTerm);
  const asked = parameters.add(terms, "text[]");
  const any = parameters.add(terms.join(" | "), "tsquery");
  const limit = parameters.add(query.limit, "int");
  const matching = predicate(query.scope, query.filter, parameters);
  const sql = `
    with total as materialized (
      select count(*)::float8 as records, greatest(avg(r.length), 1)::float8 as length
      from ${key}.records r where ${scope}
    ), terms as materialized (
      select asked.term::tsquery as term, ln(1 + (total.records - found.records + 0.5) / (found.records + 0.5)) as rarity
      from unnest(${asked}) asked(term), total, lateral (
        select count(*)::float8 as records from ${key}.records r where ${scope} and r.words @@ asked.term::tsquery
      ) found where found.records > 0
    )
    select ${recordColumns()}, r.score from (select r.*, scored.score
    from ${key}.records r, total, lateral (
      select sum(terms.rarity * f.often * ${k1 + 1} / (f.often + ${k1} * (${1 - b} + ${b} * r.length / total.length))) as score
      from terms, lateral (
        select ts_rank(${weights}, r.words, terms.term)::float8 * ${rankScale * heaviest} as often
      ) f where f.often > 0
    ) scored
    where ${matching} and r.words @@ ${any} and scored.score > 0
    order by scored.score desc, r.seq limit ${limit}) r order by r.score desc, r.seq`;
  return { sql, values: parameters.values };
}
