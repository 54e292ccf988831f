import { ModelError } from "@loci/core";
import { assertOptions, type Reranker } from "@loci/core/model";
import { Connection } from "./connection.ts";
import type { OpenAIRerankerOptions } from "./options.ts";

const optionNames = Object.keys({
  baseURL: true,
  apiKey: true,
  client: true,
  maxCharacters: true,
} satisfies Record<keyof OpenAIRerankerOptions, true>);

/** About 500 tokens with the question: what llama.cpp takes unless told otherwise. It refuses longer ones. */
const usualCharacters = 1500;

export function openaiReranker(model: string, options: OpenAIRerankerOptions): Reranker {
  assertOptions(options, optionNames, "openai.reranker(model, options)");
  const connection = new Connection(model, options);
  const { maxCharacters = usualCharacters } = options;

  return {
    specVersion: 1,
    id: connection.id,
    async rerank(query, texts, { signal } = {}) {
      if (texts.length === 0) return [];
      const beginning = (text: string) => text.slice(0, maxCharacters).toWellFormed();
      const body = {
        model,
        query: beginning(query),
        documents: texts.map(beginning),
        // Some servers leave out the worst unless they are asked for all.
        top_n: texts.length,
      };
      try {
        return await connection.request(signal, async (client, request) =>
          readScores(await client.post("/rerank", { body, ...request }), texts.length),
        );
      } catch (error) {
        throw ModelError.isInstance(error) && error.problem === "missing" ? noEndpoint(error) : error;
      }
    },
  };
}

/** Jina, Cohere, llama.cpp and vLLM answer with `results`, Voyage with `data`, in any order; texts that they repeat are left aside. */
function readScores(answer: unknown, count: number): readonly number[] {
  const { results, data } = Object(answer) as { readonly results?: unknown; readonly data?: unknown };
  const rated = results ?? data;
  if (!Array.isArray(rated)) throw new Error(isPage(answer) ? "<" : "its answer has no list of results");
  const scores = new Map<number, number>();
  for (const one of rated) {
    const { index, relevance_score: score } = Object(one) as Readonly<Record<string, unknown>>;
    if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= count)
      throw new Error("a result has no index of a document");
    if (typeof score !== "number" || !Number.isFinite(score))
      throw new Error("a result has no relevance_score");
    if (scores.has(index as number)) throw new Error("two results have one index");
    scores.set(index as number, score);
  }
  if (scores.size < count) throw new Error(`it scored ${scores.size} of ${count} documents`);
  return Array.from({ length: count }, (_, index) => scores.get(index) as number);
}

function isPage(answer: unknown): boolean {
  return typeof answer === "string" && answer.includes("<");
}

/** A server that has no such path answers as one that has no such model. */
function noEndpoint(error: ModelError): ModelError {
  return new ModelError(
    `${error.message} If it has no /rerank, as Ollama has not, use languageModelReranker of "@loci/core/model".`,
    { model: error.model, problem: "missing" },
    { cause: error },
  );
}
