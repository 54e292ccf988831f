import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ollama as backend, findServer, testModels } from "@loci/backends";
import { type Embedder, inMemory, Memory, type SearchResult } from "@loci/core";
import { ollama } from "@loci/ollama";
import { bootstrap } from "./bootstrap.ts";
import { type Corpus, type CorpusQuestion, readCorpus } from "./corpus.ts";
import { languageSpread } from "./language-spread.ts";
import { type Figure, ratioFigure, type Section } from "./report.ts";

const depth = 10;

/** The rank of the answer in what each way of searching finds, by question; undefined beyond the first ten. */
type Ranks = ReadonlyMap<CorpusQuestion, number | undefined>;

/**
 * How often the memory that answers a question is among the first five, with a real embedder.
 * @param base the folder of another checkout, whose search is compared with this one's, question by question
 */
export async function benchRetrieval(base?: string): Promise<Section> {
  const server = await findServer(backend);
  try {
    const embedder = ollama.embedder(testModels.embedder, { host: server.url });
    return await measureRetrieval("all-MiniLM-L6-v2 on Ollama", embedder, base);
  } finally {
    await server.stop();
  }
}

/** The same with any embedder. */
async function measureRetrieval(model: string, embedder: Embedder, base?: string): Promise<Section> {
  const corpus = readCorpus();
  const combined = await fill(corpus, embedder);
  const keyword = await fill(corpus, null);
  const ways: Record<string, Ranks> = {
    "keywords alone": await ask(corpus, async (question, scope) =>
      keyword.search(question, { ...scope, limit: depth }),
    ),
    "vectors alone": await ask(corpus, async (question, scope) => {
      const found = await combined.search(question, { ...scope, limit: 1000, explain: true });
      const cosine = ({ explanation }: SearchResult) => explanation?.similarity ?? -1;
      return found.toSorted((a, b) => cosine(b) - cosine(a)).slice(0, depth);
    }),
    [both]: await ask(corpus, async (question, scope) =>
      combined.search(question, { ...scope, limit: depth }),
    ),
    "both, without context": await ask(corpus, await bare(corpus, embedder)),
    ...(base === undefined ? {} : { [before]: await askBase(corpus, embedder, base) }),
  };
  const gained = base === undefined ? [] : gains(corpus.questions, ways[before], ways[both]);
  const languages = [...new Set(corpus.questions.map(({ language }) => language))];
  const asked = (language: string) => corpus.questions.filter((question) => question.language === language);
  const figures = Object.entries(ways).flatMap(([way, ranks]): readonly Figure[] => [
    { name: way, value: describe(corpus.questions, ranks) },
    ...languages.map((language) => ({ name: `  ${language}`, value: describe(asked(language), ranks) })),
    languageSpread(new Map(languages.map((language) => [language, recall(asked(language), ranks)]))),
  ]);
  const score = (way: string) => recall(corpus.questions, ways[way] ?? new Map());
  const memories = corpus.groups.reduce((sum, group) => sum + group.memories.length, 0);
  return {
    title: `Retrieval, ${memories} memories, ${corpus.questions.length} questions, ${model}: recall@5 with its 95 % interval, and MRR@10`,
    figures: [
      ...figures,
      ...gained,
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
}

const both = "both";
const before = "both, before";

/** What the search of another checkout finds. */
async function askBase(corpus: Corpus, embedder: Embedder, base: string): Promise<Ranks> {
  const core: typeof import("@loci/core") = await import(
    pathToFileURL(join(base, "packages/core/src/index.ts")).href
  );
  const memory = await fill(corpus, embedder, () => new core.Memory({ store: core.inMemory(), embedder }));
  return ask(corpus, async (question, scope) => memory.search(question, { ...scope, limit: depth }));
}

/** What changed from one way of searching to another, over the same questions. */
function gains(
  questions: readonly CorpusQuestion[],
  before: Ranks = new Map(),
  now: Ranks = new Map(),
): readonly Figure[] {
  const figure = (name: string, value: (rank: number | undefined) => number, factor: number): Figure => {
    const { mean, low, high } = bootstrap(
      questions.map((question) => factor * (value(now.get(question)) - value(before.get(question)))),
    );
    const show = (gain: number) => `${gain < 0 ? "" : "+"}${gain.toFixed(factor === 1 ? 3 : 1)}`;
    return { name: `gained, ${name}`, value: `${show(mean)} (${show(low)} to ${show(high)})` };
  };
  return [
    figure("recall@1", (rank = depth) => (rank <= 1 ? 1 : 0), 100),
    figure("recall@5", (rank = depth) => (rank <= 5 ? 1 : 0), 100),
    figure("MRR", (rank = Number.POSITIVE_INFINITY) => 1 / rank, 1),
  ];
}

/** Asks the memories of one language, each of which has an organization: only in its language has a question one answer. */
type Search = (question: string, scope: { readonly orgId: string }) => Promise<readonly SearchResult[]>;

async function fill(
  { groups }: Corpus,
  embedder: Embedder | null,
  make = () => new Memory({ store: inMemory(), embedder }),
): Promise<Memory> {
  const memory = make();
  for (const { language, kind, day, memories } of groups) {
    await memory.add(
      kind === "facts"
        ? memories.map(({ text }) => text)
        : memories.map(
            ({ text, name = "" }) => ({ role: "user", content: text, name, timestamp: day }) as const,
          ),
      { orgId: language },
    );
  }
  return memory;
}

/** The same without who spoke, when, and beside whom: every text for itself. */
async function bare({ groups }: Corpus, embedder: Embedder): Promise<Search> {
  const memory = new Memory({ store: inMemory(), embedder });
  for (const { language, memories } of groups) {
    await memory.add(
      memories.map(({ text }) => text),
      { orgId: language },
    );
  }
  return (question, scope) => memory.search(question, { ...scope, limit: depth });
}

async function ask({ questions }: Corpus, search: Search): Promise<Ranks> {
  const ranks = new Map<CorpusQuestion, number | undefined>();
  for (const question of questions) {
    const found = await search(question.question, { orgId: question.language });
    const index = found.findIndex(({ text }) => text === question.answer);
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
  const { low, high } = bootstrap(
    questions.map((question) => ((ranks.get(question) ?? depth) <= 5 ? 100 : 0)),
  );
  const interval = `(${low.toFixed(1)} to ${high.toFixed(1)})`;
  return `recall@5 ${(100 * recall(questions, ranks)).toFixed(1)} % ${interval}, MRR ${mean.toFixed(3)}`;
}
