import type { ExtractedFact, Extraction } from "./extractor.ts";

/** Something in an answer that was not done, and why. */
export interface RejectedAnswer {
  readonly reason:
    | "not-a-fact"
    | "empty"
    | "too-long"
    | "too-many"
    | "unknown-message"
    | "unknown-memory"
    | "unknown-field"
    | "changed-meanwhile";
  /** The part of the answer that it is about. */
  readonly answer: unknown;
}

/** More than this is no sentence. */
const maxCharacters = 1000;
const maxFacts = 100;

/** An answer, as far as it can be followed. */
export interface CheckedExtraction extends Extraction {
  readonly rejected: readonly RejectedAnswer[];
}

/**
 * Reads an answer as data: what is no fact is left out, a number that was not offered is ignored, and both are
 * reported.
 * @returns undefined for an answer that has no list of facts at all
 */
export function parseExtraction(
  object: unknown,
  messages: number,
  known: number,
): CheckedExtraction | undefined {
  if (typeof object !== "object" || object === null || Array.isArray(object)) return undefined;
  const { facts, removes = [], ...others } = object as { facts?: unknown; removes?: unknown };
  if (!Array.isArray(facts) || !Array.isArray(removes)) return undefined;
  const rejected: RejectedAnswer[] = [];
  const reject = (reason: RejectedAnswer["reason"], answer: unknown) => rejected.push({ reason, answer });
  const isNumber = (value: unknown, most: number): value is number =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most;
  const reportOthers = (fields: object) => {
    for (const [name, value] of Object.entries(fields)) reject("unknown-field", { [name]: value });
  };
  reportOthers(others);

  const checked = facts.slice(0, maxFacts).flatMap((fact: unknown): readonly ExtractedFact[] => {
    if (typeof fact !== "object" || fact === null || Array.isArray(fact)) {
      reject("not-a-fact", fact);
      return [];
    }
    const { text, message, replaces = 0, ...rest } = fact as Partial<Record<keyof ExtractedFact, unknown>>;
    if (typeof text !== "string" || !text.isWellFormed()) {
      reject("not-a-fact", fact);
      return [];
    }
    const plain = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
    const says = /[\p{L}\p{N}]/u.test(plain);
    if (!says || plain.length > maxCharacters) {
      reject(says ? "too-long" : "empty", fact);
      return [];
    }
    reportOthers(rest);
    if (!isNumber(message, messages)) reject("unknown-message", fact);
    if (replaces !== 0 && replaces !== null && !isNumber(replaces, known)) reject("unknown-memory", fact);
    return [
      {
        text: plain,
        // Whatever was said, was said by the end of this window at the latest.
        message: isNumber(message, messages) ? message : messages,
        replaces: isNumber(replaces, known) ? replaces : 0,
      },
    ];
  });
  for (const fact of facts.slice(maxFacts)) reject("too-many", fact);

  const replaced = new Set(checked.map(({ replaces }) => replaces));
  const closed = new Set<number>();
  for (const number of removes.slice(0, maxFacts)) {
    if (!isNumber(number, known)) reject("unknown-memory", { removes: number });
    else if (!replaced.has(number)) closed.add(number);
  }
  return { facts: checked, removes: [...closed], rejected };
}
