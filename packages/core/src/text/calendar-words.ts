import { languages } from "./languages.ts";
import { normalize, withoutMarks } from "./normalize.ts";

/** What a word or a phrase of a calendar means. `#` in a phrase is a number. */
export type CalendarWord =
  | { readonly kind: "relative"; readonly unit: CalendarUnit; readonly ago: number | "#" }
  | { readonly kind: "month"; readonly month: number }
  | { readonly kind: "weekday"; readonly weekday: number };

export type CalendarUnit = "day" | "week" | "month" | "quarter" | "year";

/** The calendar words of all languages that are known, in the two ways in which they are looked up. */
export interface CalendarWords {
  /** By the stems of a phrase, joined by spaces: scripts that part words. */
  readonly phrases: ReadonlyMap<string, readonly Meaning[]>;
  /** The locales in which a phrase begins with these letters, a quick look before words are reduced to stems. */
  readonly begins: ReadonlyMap<string, ReadonlySet<string>>;
  /** By the phrase as it is written, the longest first: scripts that part no words, or write prefixes together with them. */
  readonly signs: readonly (readonly [string, CalendarWord])[];
}

interface Meaning {
  readonly locale: string;
  readonly word: CalendarWord;
}

/** Latin and Cyrillic, whose phrases are compared word by word. */
const spaced = [
  "en",
  "de",
  "es",
  "fr",
  "it",
  "pt",
  "nl",
  "sv",
  "pl",
  "ru",
  "tr",
  "da",
  "nb",
  "fi",
  "cs",
  "uk",
];
const written = ["ar", "he", "hi", "ja", "ko", "th", "zh"];

let known: CalendarWords | undefined;

/**
 * The words come from the runtime's own data of the Unicode CLDR (`Intl.RelativeTimeFormat`, `Intl.DateTimeFormat`): "last week", "letzte
 * Woche", "先週", "3 days ago", the names of months and of days of the week. Read once.
 */
export function calendarWords(): CalendarWords {
  known ??= read();
  return known;
}

function read(): CalendarWords {
  const phrases = new Map<string, Meaning[]>();
  const begins = new Map<string, Set<string>>();
  for (const locale of spaced) {
    const stem = stemOf(locale);
    for (const [phrase, word] of wordsOf(locale)) {
      const key = stemsOf(phrase, stem).join(" ");
      const meanings = phrases.get(key) ?? [];
      phrases.set(key, meanings);
      const begin = beginOf(phrase.match(/[\p{L}\p{M}]+|#/u)?.[0] ?? "");
      begins.set(begin, (begins.get(begin) ?? new Set()).add(locale));
      if (key !== "" && !meanings.some((one) => one.locale === locale)) meanings.push({ locale, word });
    }
  }
  const signs = written
    .flatMap((locale) => wordsOf(locale))
    .map(([phrase, word]) => [normalize(phrase).replace(/\s+/g, ""), word] as const)
    .filter(([phrase]) => phrase.length > 1)
    .sort(([a], [b]) => b.length - a.length);
  return { phrases, begins, signs: [...new Map(signs.toReversed()).entries()].toReversed() };
}

/** The first letters of a word, which its forms have in common; `#` for a number. */
export function beginOf(word: string): string {
  return /^[\p{N}#]/u.test(word) ? "#" : withoutMarks(normalize(word)).slice(0, 3);
}

/** The stemmer of a language, or nothing but lower case where there is none. */
export function stemOf(locale: string): (word: string) => string {
  const language = languages.find((one) => one.locale === locale);
  return (word) => {
    const key = `${locale} ${word}`;
    const stem = stems.get(key) ?? withoutMarks(language?.stem(word) || word);
    if (stems.size > maxStems) stems.clear();
    stems.set(key, stem);
    return stem;
  };
}

/** Questions repeat their words. */
const stems = new Map<string, string>();
const maxStems = 20_000;

/** The stems of a phrase. A number is `#`. */
export function stemsOf(phrase: string, stem: (word: string) => string): readonly string[] {
  const words = normalize(phrase).match(/[\p{L}\p{M}]+|\p{N}+|#/gu) ?? [];
  return words.map((word) => (/^\p{N}+$|^#$/u.test(word) ? "#" : stem(word)));
}

const units = ["day", "week", "month", "quarter", "year"] as const;
/** Numbers of each plural form. */
const numbers = [2, 3, 5, 11, 21];

function wordsOf(locale: string): readonly (readonly [string, CalendarWord])[] {
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const counted = new Intl.RelativeTimeFormat(locale, { numeric: "always" });
  // The CLDR has the word for this in many languages, and none in English.
  const found: [string, CalendarWord][] =
    locale === "en" ? [["day before yesterday", { kind: "relative", unit: "day", ago: 2 }]] : [];
  for (const unit of units) {
    for (const ago of [0, 1, 2]) {
      const phrase = relative.format(-ago, unit);
      if (!/\p{N}/u.test(phrase)) found.push([phrase, { kind: "relative", unit, ago }]);
    }
    for (const number of numbers) {
      const phrase = counted.format(-number, unit).replace(/\p{N}+/u, "#");
      found.push([phrase, { kind: "relative", unit, ago: "#" }]);
    }
  }
  const dated = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", timeZone: "UTC" });
  const alone = new Intl.DateTimeFormat(locale, { month: "long", timeZone: "UTC" });
  const weekday = new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" });
  for (let month = 1; month <= 12; month++) {
    const day = new Date(Date.UTC(2025, month - 1, 5));
    const parts = dated.formatToParts(day).filter(({ type }) => type === "month");
    for (const name of [alone.format(day), ...parts.map(({ value }) => value)])
      if (!/^\p{N}+$/u.test(name)) found.push([name, { kind: "month", month }]);
  }
  // 2025-06-01 was a Sunday.
  for (let day = 0; day < 7; day++)
    found.push([weekday.format(new Date(Date.UTC(2025, 5, 1 + day))), { kind: "weekday", weekday: day }]);
  return found;
}
