import type { estypes } from "@elastic/elasticsearch";
import type { TextQuery } from "@loci/core/store";

/** A query of more words is about everything; the server refuses it from some thousand on. */
const maxTerms = 512;

/**
 * BM25 over the three fields read as one (`combined_fields`, BM25F), by Lucene's statistics of the organization. Weights there
 * begin at 1, and so are taken in proportion to the lightest.
 */
export function wordQuery({
  terms,
  weights,
}: Pick<TextQuery, "terms" | "weights">): estypes.QueryDslQueryContainer {
  const given = Object.entries(weights).filter(([, weight]) => weight > 0);
  const lightest = Math.min(...given.map(([, weight]) => weight));
  return {
    combined_fields: {
      query: terms.slice(0, maxTerms).join(" "),
      fields: given.map(([field, weight]) => `${field}^${weight / lightest}`),
      operator: "or",
    },
  };
}
