import { ollama as backend, findServer, testModels } from "@loci/backends";
import { type Embedder, inMemory, Memory, type SearchResult } from "@loci/core";
import { ollama } from "@loci/ollama";
import { type Corpus, type CorpusQuestion, readCorpus } from "./corpus.ts";
import { type Figure, ratioFigure, type Section } from "./report.ts";

const scope = { orgId: "acme" };
const depth = 10;

/** The rank of the answer in what each way of searching finds, by question; undefined beyond the first ten. */
type Ranks = ReadonlyMap<CorpusQuestion, number | undefined>;

/** How often the memory that answers a question is among the first five, with a real embedder. */
export async function benchRetrieval(): Promise<Section> {
  const corpus = readCorpus();
  const server = await findServer(backend);
  try {
    const embedder = ollama.embedder(testModels.embedder, { host: server.url });
    const combined = await fill(corpus, embedder);
    const keyword = await fill(corpus, null);
    const ways: Record<string, Ranks> = {
      "keywords alone": await ask(corpus, async (question) =>
        keyword.search(question, { ...scope, limit: depth }),
      ),
      "vectors alone": await ask(corpus, async (question) => {
        const found = await combined.search(question, { ...scope, limit: 1000, explain: true });
        const cosine = ({ explanation }: SearchResult) => explanation?.similarity ?? -1;
        return found.toSorted((a, b) => cosine(b) - cosine(a)).slice(0, depth);
      }),
      both: await ask(corpus, async (question) => combined.search(question, { ...scope, limit: depth })),
      "both, without context": await ask(corpus, await bare(corpus, embedder)),
    };
    const languages = [...new Set(corpus.questions.map(({ language }) => language))];
    const figures = Object.entries(ways).flatMap(([way, ranks]): readonly Figure[] => [
      { name: way, value: describe(corpus.questions, ranks) },
      ...languages.map((language) => {
        const questions = corpus.questions.filter((question) => question.language === language);
        return { name: `  ${language}`, value: describe(questions, ranks) };
      }),
    ]);
    const score = (way: string) => recall(corpus.questions, ways[way] ?? new Map());
    const memories = corpus.groups.reduce((sum, group) => sum + group.memories.length, 0);
    return {
      title: `Retrieval, ${memories} memories, ${corpus.questions.length} questions, all-MiniLM-L6-v2 on Ollama: recall@5 and MRR@10`,
      figures: [
        ...figures,
        ratioFigure(
          "both to keywords alone, recall@5",
          score("both") / score("keywords alone"),
          "at least",
          1.001,
        ),
        ratioFigure(
          "both to vectors alone, recall@5",
          score("both") / score("vectors alone"),
          "at least",
          1.001,
        ),
      ],
    };
  } finally {
    await server.stop();
  }
}

async function fill({ groups }: Corpus, embedder: Embedder | null): Promise<Memory> {
  const memory = new Memory({ store: inMemory(), embedder });
  for (const { kind, day, memories } of groups) {
    await memory.add(
      kind === "facts"
        ? memories.map(({ text }) => text)
        : memories.map(
            ({ text, name = "" }) => ({ role: "user", content: text, name, timestamp: day }) as const,
          ),
      scope,
    );
  }
  return memory;
}

/** The same without who spoke, when, and beside whom: every text for itself. */
async function bare(
  { groups }: Corpus,
  embedder: Embedder,
): Promise<(question: string) => Promise<readonly SearchResult[]>> {
  const memory = new Memory({ store: inMemory(), embedder });
  await memory.add(
    groups.flatMap(({ memories }) => memories.map(({ text }) => text)),
    scope,
  );
  return (question) => memory.search(question, { ...scope, limit: depth });
}

async function ask(
  { questions }: Corpus,
  search: (question: string) => Promise<readonly SearchResult[]>,
): Promise<Ranks> {
  const ranks = new Map<CorpusQuestion, number | undefined>();
  for (const question of questions) {
    const index = (await search(question.question)).findIndex(({ text }) => text === question.answer);
    ranks.set(question, index < 0 ? undefined : index + 1);
  }
  return ranks;
}

function recall(questions: readonly CorpusQuestion[], ranks: Ranks): number {
  return questions.filter((question) => (ranks.get(question) ?? depth) <= 5).length / questions.length;
}

function describe(questions: readonly CorpusQuestion[], ranks: Ranks): string {
  const reciprocal = questions.reduce(
    (sum, question) => sum + 1 / (ranks.get(question) ?? Number.POSITIVE_INFINITY),
    0,
  );
  const mean = reciprocal / questions.length;
  return `recall@5 ${(100 * recall(questions, ranks)).toFixed(1)} %, MRR ${mean.toFixed(3)}`;
}
