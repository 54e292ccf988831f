import { parseAnswer } from "../models/parse-answer.ts";
import type { ExtractedFact } from "./extractor.ts";

/** A longer text is not one sentence. */
const maxCharacters = 1000;
const maxFacts = 100;

/** A validated answer, with its rejected parts. */
export interface CheckedExtraction {
  readonly facts: readonly CheckedFact[];
  readonly removes: readonly CheckedRemoval[];
  readonly rejected: readonly RejectedAnswer[];
}

/** A validated fact. */
export interface CheckedFact extends ExtractedFact {
  /** Whether the answer names the message. Without it, the fact dates from the last message of the window. */
  readonly isCited: boolean;
}

/** A known memory that is no longer valid, and the message that says so, if the answer names it. */
interface CheckedRemoval {
  readonly memory: number;
  readonly message?: number;
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
    | "asserted"
    /** It shares no word, name or number with the message that it cites, or repeats an example of the prompt. */
    | "ungrounded"
    /** It ends a memory that comes from a more trusted source. A fact is stored, and the memory stays valid. */
    | "less-trusted"
    /** It ends a memory that was said later. A fact is stored as what held before. */
    | "said-earlier";
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

  const checked = facts.slice(0, maxFacts).flatMap((fact: unknown): readonly CheckedFact[] => {
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
        isCited: isNumber(message, messages),
        message: isNumber(message, messages) ? message : messages,
        replaces: isNumber(replaces, known) ? replaces : 0,
      },
    ];
  });
  if (facts.length > 0 && checked.length === 0) return undefined;
  for (const fact of facts.slice(maxFacts)) reject("too-many", fact);

  const replaced = new Set(checked.map(({ replaces }) => replaces));
  const closed = new Map<number, CheckedRemoval>();
  for (const removal of removes.slice(0, maxFacts)) {
    const { memory, message } = toRemoval(removal);
    if (!isNumber(memory, known)) reject("unknown-memory", { removes: memory });
    else if (!replaced.has(memory) && !closed.has(memory))
      closed.set(memory, { memory, ...(isNumber(message, messages) ? { message } : {}) });
  }
  for (const removal of removes.slice(maxFacts)) reject("too-many", { removes: removal });
  return { facts: checked, removes: [...closed.values()], rejected };
}

/** A removal is written as an object, or as the number of the memory alone. */
function toRemoval(removal: unknown): { readonly memory: unknown; readonly message?: unknown } {
  if (typeof removal !== "object" || removal === null) return { memory: toNumber(removal) };
  const { memory, message } = removal as { readonly memory?: unknown; readonly message?: unknown };
  return { memory: toNumber(memory), message: toNumber(message) };
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
