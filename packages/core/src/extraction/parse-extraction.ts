import type { ExtractedFact, Extraction } from "./extractor.ts";

/** A longer text is not one sentence. */
const maxCharacters = 1000;
const maxFacts = 100;

/** A validated answer, with its rejected parts. */
export interface CheckedExtraction extends Extraction {
  readonly rejected: readonly RejectedAnswer[];
}

/** A part of an answer that was not applied, and why. */
export interface RejectedAnswer {
  readonly reason:
    | "not-a-fact"
    | "empty"
    | "too-long"
    | "too-many"
    | "unknown-message"
    | "unknown-memory"
    | "unknown-field"
    | "changed-meanwhile"
    /** It ends a memory that the same answer asserts. */
    | "asserted";
  /** The rejected part. */
  readonly answer: unknown;
}

/**
 * Validates an answer. Rejects and reports anything that is not a fact, and every number that was not offered.
 * @returns undefined for an answer without a list of facts
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
    const hasWords = /[\p{L}\p{N}]/u.test(plain);
    if (!hasWords || plain.length > maxCharacters) {
      reject(hasWords ? "too-long" : "empty", fact);
      return [];
    }
    reportOthers(rest);
    if (!isNumber(message, messages)) reject("unknown-message", fact);
    if (replaces !== 0 && replaces !== null && !isNumber(replaces, known)) reject("unknown-memory", fact);
    return [
      {
        text: plain,
        // Without a valid number, the fact dates from the last message of the window.
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
