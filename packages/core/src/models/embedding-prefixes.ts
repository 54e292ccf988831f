/** The prefixes that a model expects before a document and before a query. */
export interface EmbeddingPrefixes {
  readonly document: string;
  readonly query: string;
}

/**
 * Models that were trained with prefixes, by their names on any server. Sources are the models' cards: nomic-
 * ai/nomic-embed-text-v1.5 ("task instruction prefix"), intfloat/multilingual-e5-large ("each input text should
 * start with"), mixedbread-ai/mxbai-embed-large-v1 ("prompt for retrieval"), Snowflake/snowflake-arctic-embed-m
 * ("query prefix"), Qwen/Qwen3-Embedding-0.6B ("instruct") and google/embeddinggemma-300m ("prompts").
 */
const known: readonly (readonly [name: RegExp, prefixes: EmbeddingPrefixes])[] = [
  [/nomic-embed-text/, { document: "search_document: ", query: "search_query: " }],
  [/(^|[/_-])e5-(mistral|.*instruct)/, { document: "", query: instruct("\nQuery: ") }],
  [/(^|[/_-])e5-/, { document: "passage: ", query: "query: " }],
  [/mxbai-embed/, { document: "", query: "Represent this sentence for searching relevant passages: " }],
  [/arctic-embed2|arctic-embed-.*v2/, { document: "", query: "query: " }],
  [/arctic-embed/, { document: "", query: "Represent this sentence for searching relevant passages: " }],
  [/qwen3-embedding/, { document: "", query: instruct("\nQuery:") }],
  [/embeddinggemma/, { document: "title: none | text: ", query: "task: search result | query: " }],
];

const none: EmbeddingPrefixes = { document: "", query: "" };

/** The prefixes for a model name; none for an unknown model. */
export function embeddingPrefixes(model: string): EmbeddingPrefixes {
  const name = model.toLowerCase();
  return known.find(([pattern]) => pattern.test(name))?.[1] ?? none;
}

function instruct(ending: string): string {
  return `Instruct: Given a question, retrieve memories that answer it${ending}`;
}
