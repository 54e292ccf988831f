import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One thing that was said, or one fact. */
interface CorpusMemory {
  readonly text: string;
  /** The speaker, in a conversation. */
  readonly name?: string;
}

/** Messages that belong together, or facts that do not. */
interface CorpusGroup {
  readonly language: string;
  readonly kind: "conversation" | "facts";
  readonly day: string;
  readonly memories: readonly CorpusMemory[];
}

/** A question, with the text of the one memory of its language that answers it. */
export interface CorpusQuestion {
  readonly language: string;
  readonly question: string;
  readonly answer: string;
}

/** What was written for measuring retrieval: everyday talk and facts of invented companies, a file for each language. */
export interface Corpus {
  readonly groups: readonly CorpusGroup[];
  readonly questions: readonly CorpusQuestion[];
}

const folder = fileURLToPath(new URL("../corpus/", import.meta.url));

/** Reads the corpus: `#` begins a group, `?` is a question to the line before it, all else is a memory. */
export function readCorpus(): Corpus {
  const groups: (CorpusGroup & { memories: CorpusMemory[] })[] = [];
  const questions: CorpusQuestion[] = [];
  for (const file of readdirSync(folder).sort()) {
    const language = file.replace(".txt", "");
    for (const line of readFileSync(`${folder}${file}`, "utf8").split("\n")) {
      if (line.trim() === "") continue;
      const group = groups.at(-1);
      const answer = group?.memories.at(-1);
      if (line.startsWith("# ")) {
        const [kind, day = ""] = line.slice(2).split(" ");
        groups.push({ language, kind: kind === "facts" ? "facts" : "conversation", day, memories: [] });
      } else if (line.startsWith("? ") && answer) {
        questions.push({ language, question: line.slice(2), answer: answer.text });
      } else if (group?.kind === "facts") group.memories.push({ text: line });
      else {
        const [, name = "", text = line] = /^([^:：]+)[:：]\s*(.*)$/.exec(line) ?? [];
        group?.memories.push({ text, name });
      }
    }
  }
  return { groups, questions };
}
