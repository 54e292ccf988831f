import { dayOf, startOfDay } from "../util/days.ts";
import {
  beginOf,
  type CalendarUnit,
  type CalendarWord,
  calendarWords,
  stemOf,
  stemsOf,
} from "./calendar-words.ts";
import { detectLanguage } from "./languages.ts";
import { normalize } from "./normalize.ts";

/** A time that a question names, such as "last week" or "im März". */
export interface QuestionTime {
  /** The first moment, in milliseconds since 1970. */
  readonly after: number;
  /** The first moment that is no longer in it. */
  readonly before: number;
  /** The words that name it. */
  readonly words: string;
}

/** A longer text is no question. */
const maxLength = 2000;
const maxWords = 6;

/**
 * The shortest time that a question names, without a model: days, weeks, months and years that are relative to now, months, dates and
 * days of the week, the last that has been. Undefined where it names none.
 * @param now milliseconds since 1970
 */
export function readTime(question: string, now: number, timeZone: string): QuestionTime | undefined {
  if (question.length > maxLength) return undefined;
  const today = dayOf(now, timeZone);
  // Calendars of other centuries have other days, and the farthest years are written in another way.
  if (!/^(?:19|2\d)\d{2}-/.test(today)) return undefined;
  const spans = [...isoSpans(question), ...spacedSpans(question, today), ...writtenSpans(question, today)];
  const year = spans.find(({ isYear }) => isYear);
  const [shortest] = spans
    .map((span) => (span.isGuessed && year ? inYear(span, year) : span))
    .filter(({ from, to }) => from < to)
    .sort((a, b) => length(a) - length(b) || b.words.length - a.words.length);
  if (!shortest) return undefined;
  const { from, to, words } = shortest;
  return { after: startOfDay(from, timeZone), before: startOfDay(to, timeZone), words };
}

/** Days, the last one excluded. */
interface Span {
  readonly from: string;
  readonly to: string;
  readonly words: string;
  /** Whether it is a year that is relative to now: "last year". */
  readonly isYear?: boolean;
  /** Whether it is a month or a day of which no year is said. */
  readonly isGuessed?: boolean;
}

/** The same month or day in a year that is named elsewhere: "in March last year". */
function inYear({ from, to, words }: Span, year: Span): Span {
  const years = Number(year.from.slice(0, 4)) - Number(from.slice(0, 4));
  const moved = (day: string) => {
    const date = new Date(day);
    date.setUTCFullYear(date.getUTCFullYear() + years);
    return isoDay(date);
  };
  return { from: moved(from), to: moved(to), words };
}

function length({ from, to }: Span): number {
  return Date.parse(to) - Date.parse(from);
}

/** "2025-03-05", "2025-03". */
function isoSpans(question: string): readonly Span[] {
  return [...question.matchAll(/(?<![\d-])((?:19|20)\d{2})-(\d{2})(?:-(\d{2}))?(?![\d-])/g)].flatMap(
    ([words, year, month, day]) =>
      spanOf(Number(year), Number(month), day === undefined ? undefined : Number(day), words),
  );
}

/** Phrases of languages that part their words. */
function spacedSpans(question: string, today: string): readonly Span[] {
  const { phrases, begins } = calendarWords();
  const words = question.normalize("NFKC").match(/[\p{L}\p{M}]+|\p{N}+/gu) ?? [];
  if (words.length > 100) return [];
  let detected: string | undefined;
  let isDetected = false;
  const language = () => {
    if (!isDetected) detected = detectLanguage(words.map((word) => normalize(word)))?.locale;
    isDetected = true;
    return detected;
  };
  const spans: Span[] = [];
  for (const [start, first] of words.entries()) {
    for (const locale of begins.get(beginOf(first)) ?? []) {
      const stems = stemsOf(words.slice(start, start + maxWords).join(" "), stemOf(locale));
      for (let size = stems.length; size > 0; size--) {
        const meaning = phrases.get(stems.slice(0, size).join(" "))?.find((one) => one.locale === locale);
        if (!meaning) continue;
        const end = start + size;
        const said = words.slice(start, end);
        if (isDoubtful(said, locale, language)) continue;
        const number = said.find((word) => /^\p{N}+$/u.test(word));
        const span = spanOfWord(meaning.word, number, today, said.join(" "), {
          before: words.slice(Math.max(start - 3, 0), start),
          after: words.slice(end, end + 3),
        });
        if (span) spans.push(span);
        break;
      }
    }
  }
  return spans;
}

/** Words that are something else in another language, or another word of their own. */
const doubtful = new Set([
  "may",
  "march",
  "mars",
  "mart",
  "hier",
  "maj",
  "mai",
  "i ar",
  "dun",
  "heute morgen",
]);
const certain = [
  "in",
  "on",
  "im",
  "en",
  "au",
  "of",
  "since",
  "last",
  "this",
  "next",
  "until",
  "during",
  "by",
  "i",
  "em",
  "nel",
  "a",
  "de",
  "du",
  "seit",
];

function isDoubtful(said: readonly string[], locale: string, detected: () => string | undefined): boolean {
  const text = normalize(said.join(" "));
  return doubtful.has(text) && detected() !== locale && !(locale === "en" && /^\p{Lu}/u.test(said[0] ?? ""));
}

/** Phrases of scripts that part no words, or write prefixes and endings together with them. */
function writtenSpans(question: string, today: string): readonly Span[] {
  const text = normalize(question).replace(/\s+/g, "");
  if (!/[^\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\P{L}]/u.test(text)) return [];
  const spans: Span[] = [];
  const dates = /(?:((?:19|20)\d{2})[年년])?(?<!\d)(\d{1,2})[月월](?:(\d{1,2})[日일号])?/g;
  for (const [words, year, month, day] of text.matchAll(dates)) {
    const number = Number(month);
    if (number < 1 || number > 12) continue;
    const named = year === undefined ? lastYearOf(number, today, day) : Number(year);
    const [span] = spanOf(named, number, day === undefined ? undefined : Number(day), words);
    if (span) spans.push({ ...span, isGuessed: year === undefined });
  }
  for (const [words, year] of text.matchAll(/((?:19|20)\d{2})[年년]/g))
    spans.push(...spanOf(Number(year), undefined, undefined, words));
  signPatterns ??= calendarWords()
    .signs.filter(([phrase, { kind }]) => kind !== "month" || !/\d/.test(phrase))
    .map(([phrase, word]) => [new RegExp(literally(phrase).replace("#", "(\\d{1,3})"), "u"), word]);
  for (const [pattern, word] of signPatterns) {
    const match = pattern.exec(text);
    if (!match) continue;
    const span = spanOfWord(word, match[1], today, match[0], { before: [], after: [] });
    if (span) spans.push(span);
  }
  return spans;
}

/** Made once, since that costs more than to use them. */
let signPatterns: readonly (readonly [RegExp, CalendarWord])[] | undefined;

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The words beside a phrase. */
interface Beside {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

function spanOfWord(
  word: CalendarWord,
  number: string | undefined,
  today: string,
  words: string,
  beside: Beside,
): Span | undefined {
  if (word.kind === "relative") {
    const ago = word.ago === "#" ? Number(number) : word.ago;
    const isYear = word.unit === "year" && word.ago !== "#";
    return ago <= 1000 ? { ...unitSpan(word.unit, ago, today), words, isYear } : undefined;
  }
  if (word.kind === "weekday") {
    const weekday = new Date(today).getUTCDay();
    const back = (weekday - word.weekday + 7) % 7 || 7;
    return { ...unitSpan("day", back, today), words };
  }
  const near = [...beside.after, ...beside.before.toReversed()];
  const year = near.find((one) => /^(?:19|20)\d{2}$/.test(one));
  const next = beside.after[0];
  const previous = beside.before.at(-1);
  const isDay = (one: string | undefined) => one !== undefined && /^\d{1,2}$/.test(one) && Number(one) <= 31;
  // "3rd of May", "5 de febrero".
  const before = beside.before.findLast((one) => !joints.has(one.toLowerCase()));
  const day = isDay(before) ? before : isDay(next) ? next : undefined;
  const named = year === undefined ? lastYearOf(word.month, today, day) : Number(year);
  const isSaid = day !== undefined || year !== undefined || certain.includes((previous ?? "").toLowerCase());
  // "May" and "March" are other words as well.
  if (doubtful.has(normalize(words)) && !isSaid) return undefined;
  const [span] = spanOf(named, word.month, day === undefined ? undefined : Number(day), words);
  return span && { ...span, isGuessed: year === undefined };
}

/** What may stand between a day and its month. */
const joints = new Set(["de", "of", "st", "nd", "rd", "th"]);

/** The last year in which this month or day has begun. */
function lastYearOf(month: number, today: string, day: string | number = 1): number {
  const [year = 0, ...rest] = today.split("-").map(Number);
  const [thisMonth = 1, thisDay = 1] = rest;
  const isToCome = month > thisMonth || (month === thisMonth && Number(day) > thisDay);
  return isToCome ? year - 1 : year;
}

/** A year, a month or a day; none where the calendar has none. */
function spanOf(
  year: number,
  month: number | undefined,
  day: number | undefined,
  words: string,
): readonly Span[] {
  const from = new Date(Date.UTC(year, (month ?? 1) - 1, day ?? 1));
  if (month !== undefined && (month < 1 || from.getUTCMonth() !== month - 1)) return [];
  const to = new Date(from);
  if (day !== undefined) to.setUTCDate(day + 1);
  else if (month !== undefined) to.setUTCMonth(month);
  else to.setUTCFullYear(year + 1);
  return [{ from: isoDay(from), to: isoDay(to), words }];
}

/** A day, week (from Monday), month, quarter or year, some ago. */
function unitSpan(unit: CalendarUnit, ago: number, today: string): Omit<Span, "words"> {
  const from = new Date(today);
  if (unit === "day") from.setUTCDate(from.getUTCDate() - ago);
  else if (unit === "week") from.setUTCDate(from.getUTCDate() - ((from.getUTCDay() + 6) % 7) - 7 * ago);
  else {
    const months = { month: 1, quarter: 3, year: 12 }[unit];
    from.setUTCDate(1);
    from.setUTCMonth(Math.floor(from.getUTCMonth() / months) * months - months * ago);
  }
  const to = new Date(from);
  if (unit === "day") to.setUTCDate(to.getUTCDate() + 1);
  else if (unit === "week") to.setUTCDate(to.getUTCDate() + 7);
  else to.setUTCMonth(to.getUTCMonth() + { month: 1, quarter: 3, year: 12 }[unit]);
  return { from: isoDay(from), to: isoDay(to) };
}

function isoDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}
