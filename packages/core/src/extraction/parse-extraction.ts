import { parseAnswer } from "../models/parse-answer.ts";
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
 * A number may come as text, an empty list as null, a list of one as its item, and the whole as JSON or as the list of facts alone.
 * @returns undefined for an answer with neither facts nor removes, and for one of whose facts none can be used
 */
export function parseExtraction(
  answer: unknown,
  messages: number,
  known: number,
): CheckedExtraction | undefined {
  const parts = partsOf(answer);
  if (!parts || !("facts" in parts || "removes" in parts)) return undefined;
  const facts = toList(parts.facts);
  const removes = toList(parts.removes);
  const { facts: _facts, removes: _removes, ...others } = parts;
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
    const { text, ...numbers } = fact as Partial<Record<keyof ExtractedFact, unknown>>;
    const { message: from, replaces: over, ...rest } = numbers;
    const message = toNumber(from);
    const replaces = toNumber(over ?? 0);
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
    if (replaces !== 0 && !isNumber(replaces, known)) reject("unknown-memory", fact);
    return [
      {
        text: plain,
        // Without a valid number, the fact dates from the last message of the window.
        message: isNumber(message, messages) ? message : messages,
        replaces: isNumber(replaces, known) ? replaces : 0,
      },
    ];
  });
  if (facts.length > 0 && checked.length === 0) return undefined;
  for (const fact of facts.slice(maxFacts)) reject("too-many", fact);

  const replaced = new Set(checked.map(({ replaces }) => replaces));
  const closed = new Set<number>();
  for (const number of removes.slice(0, maxFacts).map(toNumber)) {
    if (!isNumber(number, known)) reject("unknown-memory", { removes: number });
    else if (!replaced.has(number)) closed.add(number);
  }
  for (const number of removes.slice(maxFacts)) reject("too-many", { removes: number });
  return { facts: checked, removes: [...closed], rejected };
}

/** The parts of an answer, in whichever way models write it; undefined for anything else. */
function partsOf(answer: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof answer === "string") {
    try {
      const value = parseAnswer(answer, "");
      return typeof value === "string" ? undefined : partsOf(value);
    } catch {
      return undefined;
    }
  }
  if (typeof answer !== "object" || answer === null) return undefined;
  if (!Array.isArray(answer)) return answer as Readonly<Record<string, unknown>>;
  const [first, ...others] = answer as readonly unknown[];
  if (typeof first !== "object" || first === null || Array.isArray(first)) return undefined;
  if ("text" in first) return { facts: answer };
  return others.length === 0 ? (first as Readonly<Record<string, unknown>>) : undefined;
}

function toList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** Models write numbers as texts now and then. */
function toNumber(value: unknown): unknown {
  return typeof value === "string" && /^\s*\d{1,6}\s*$/.test(value) ? Number(value) : value;
}
