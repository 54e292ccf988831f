import { compilePredicate, type DriverTextQuery, type NamespaceKey } from "@loci/core/store";
import { dialect, type Predicate } from "./dialect.ts";
import { quoteTerm, recordColumns } from "./record-rows.ts";
import type { SqlParameters } from "./sql-parameters.ts";

/**
 * BM25 in SQL. PostgreSQL's own ranking knows neither how rare a word is nor how long a text; here it only counts how often a
 * word occurs, and the rest is BM25's: inverse document frequency and length, taken from the records inside the
 * scope filter and from no other. A word that occurs once in a field counts as in BM25 exactly; repetitions count less, as
 * the sum of 1 / n², before BM25 dampens them once more.
 */
export function wordSearch(
  key: NamespaceKey,
  { where, scope: filter, terms, weights, limit }: DriverTextQuery<Predicate>,
  parameters: SqlParameters,
): string {
  const scope = compilePredicate({ scope: filter }, dialect)(parameters);
  const { own, before, after } = weights;
  const heaviest = Math.max(own, before, after) || 1;
  const byLabel = parameters.add([0, after / heaviest, before / heaviest, own / heaviest], "float4[]");
  const lexemes = terms.map(quoteTerm);
  const asked = parameters.add(lexemes, "text[]");
  const any = parameters.add(lexemes.join(" | "), "tsquery");
  const most = parameters.add(limit, "int");
  return `
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
        select ts_rank(${byLabel}, r.words, terms.term)::float8 * ${rankScale * heaviest} as often
      ) f where f.often > 0
    ) scored
    where ${where(parameters)} and r.words @@ ${any} and scored.score > 0
    order by scored.score desc, r.seq limit ${most}) r order by r.score desc, r.seq`;
}

/** PostgreSQL divides its ranks by this, the limit of the sum of 1 / n². */
const rankScale = 1.644_934_066_85;
const k1 = 1.2;
const b = 0.75;
