import { expect, it } from "vitest";
import { embeddingPrefixes } from "./embedding-prefixes.ts";

it.each([
  ["nomic-embed-text:latest", "search_document: ", /^search_query: $/],
  ["nomic-ai/nomic-embed-text-v1.5", "search_document: ", /^search_query: $/],
  ["intfloat/multilingual-e5-large", "passage: ", /^query: $/],
  ["intfloat/multilingual-e5-large-instruct", "", /^Instruct: .*\nQuery: $/],
  ["intfloat/e5-mistral-7b-instruct", "", /^Instruct: .*\nQuery: $/],
  ["mxbai-embed-large", "", /^Represent this sentence/],
  ["snowflake-arctic-embed:33m", "", /^Represent this sentence/],
  ["snowflake-arctic-embed2", "", /^query: $/],
  ["Qwen/Qwen3-Embedding-0.6B", "", /^Instruct: .*\nQuery:$/],
  ["embeddinggemma:300m", "title: none | text: ", /^task: search result/],
  ["all-minilm", "", /^$/],
  ["bge-m3", "", /^$/],
  ["text-embedding-3-small", "", /^$/],
])("knows what %s wants before a document and a query", (model, document, query) => {
  const prefixes = embeddingPrefixes(model);
  expect(prefixes.document).toBe(document);
  expect(prefixes.query).toMatch(query);
});
