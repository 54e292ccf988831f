import { assertScopeFilter } from "@loci/core/store";
import type { AnswerOf, Call, Operation, RequestOf, WrongCalls } from "./mistake.ts";
import type { NamedMistake } from "./named-mistake.ts";

type Looking = "list" | "search" | "searchText" | "get" | "count";
const looking: readonly Looking[] = ["list", "search", "searchText", "get", "count"];
const writing = ["upsert", "delete"] as const;

/** Answers that are kept for longer than they are true. */
export const staleAnswers: readonly NamedMistake[] = [
  stale("keeps-answers", "Keeps an answer for ever", "handle", []),
  stale(
    "keeps-answers-until-a-write",
    "Keeps an answer until the handle's own next write",
    "handle",
    writing,
  ),
  stale("keeps-answers-until-an-upsert", "Keeps an answer until the handle's own next upsert", "handle", [
    "upsert",
  ]),
  stale("keeps-answers-until-a-deletion", "Keeps an answer until the handle's own next deletion", "handle", [
    "delete",
  ]),
  stale(
    "keeps-answers-in-the-process",
    "Keeps an answer until the process's own next write",
    "process",
    writing,
  ),
  stale(
    "keeps-answers-for-anybody",
    "Keeps an answer until the next write, whoever asks",
    "handle",
    writing,
    { withoutReach: true },
  ),
  stale(
    "keeps-answers-without-the-filter",
    "Keeps an answer until the next write, whatever the filter",
    "handle",
    writing,
    { withoutFilter: true },
  ),
  stale(
    "keeps-empty-answers",
    "Keeps an answer that there is nothing until the handle's own next write",
    "handle",
    writing,
    { onlyEmpty: true },
  ),
  stale(
    "keeps-answers-of-two-calls",
    "Gives an answer twice until the handle's own next write",
    "handle",
    writing,
    { twice: true },
  ),
];

interface Kept {
  readonly answer: unknown;
  uses: number;
}

/** Keeps what calls answered, until one of some operations is called. */
function stale(
  id: string,
  does: string,
  where: "handle" | "process",
  until: readonly ("upsert" | "delete")[],
  { withoutReach = false, withoutFilter = false, onlyEmpty = false, twice = false } = {},
): NamedMistake {
  const answers = (call: Call): Map<string, Kept> => {
    const name = `answers in ${call.key}`;
    const known = call[where].get(name) as Map<string, Kept> | undefined;
    if (known) return known;
    const made = new Map<string, Kept>();
    call[where].set(name, made);
    return made;
  };
  const read = async <O extends Looking>(call: Call<O>): Promise<AnswerOf<O>> => {
    const { signal, scope, filter, ...rest } = call.request as RequestOf<"list">;
    signal?.throwIfAborted();
    assertScopeFilter(scope);
    const vector = [...((rest as { vector?: Float32Array }).vector ?? [])];
    const question = JSON.stringify([
      call.operation,
      { ...rest, vector },
      withoutReach || scope,
      withoutFilter || filter,
    ]);
    const kept = answers(call as unknown as Call);
    const known = kept.get(question);
    if (known && (!twice || known.uses < 1)) {
      known.uses += 1;
      return structuredClone(known.answer) as AnswerOf<O>;
    }
    const answer = await call.answer();
    if (!onlyEmpty || isEmpty(answer)) kept.set(question, { answer, uses: 0 });
    return structuredClone(answer);
  };
  const forget = async <O extends Operation>(call: Call<O>): Promise<AnswerOf<O>> => {
    try {
      return await call.answer();
    } finally {
      answers(call as unknown as Call).clear();
    }
  };
  const calls: WrongCalls = Object.fromEntries([
    ...looking.map((operation) => [operation, read]),
    ...until.map((operation) => [operation, forget]),
  ]);
  return { id, does, calls, alongside: until };
}

function isEmpty(answer: unknown): boolean {
  const { records = answer } = answer as { records?: unknown };
  return records === 0 || (Array.isArray(records) && records.length === 0);
}
