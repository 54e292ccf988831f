import { joinedWords } from "./joined-words.ts";
import { defaultLanguage, detectLanguage, type Language, languages } from "./languages.ts";
import { normalize, withoutMarks } from "./normalize.ts";

const segmenter = new Intl.Segmenter("en", { granularity: "word" });
const withoutSpaces = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々]/u;
const dictionaryScripts = "\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}";
/** Scripts that need a dictionary to separate words. */
const needsSegmenter = new RegExp(`${withoutSpaces.source}|[${dictionaryScripts}]`, "u");
const unparted = new RegExp(`${withoutSpaces.source}+|[${dictionaryScripts}]+`, "gu");
const han = /\p{Script=Han}/u;

/**
 * The index terms of a text: its words (Intl.Segmenter) in one spelling, stemmed in the text's language, without accents, those of
 * them that are also written as one, joined, and its emoji. Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese also yield pairs of adjacent characters, and Chinese single
 * characters, since two segmentations of a name or of a compound may differ. In text order, with repetitions.
 */
export function documentTerms(text: string): readonly string[] {
  const normalized = normalize(text);
  const words = splitWords(normalized);
  const language = detectLanguage(words) ?? defaultLanguage;
  return [
    ...[...words, ...joinedWords(normalized)].map((word) => term(word, language)),
    ...signTerms(normalized),
  ];
}

/**
 * The terms to search for, without repetitions, and no more than a store can look for at once. A question is often too short to
 * identify its language, so each word is stemmed in every candidate language. Function words are left out unless there are no
 * others: "the" and "what" make no memory relevant. Of a long text, the longest words are taken: they say most.
 */
export function queryTerms(text: string): readonly string[] {
  const normalized = normalize(text);
  const words = [...new Set(splitWords(normalized))];
  const detected = detectLanguage(words);
  const candidates = detected ? [defaultLanguage, detected] : languages;
  const { functionWords } = detected ?? defaultLanguage;
  const elided = new Set(normalized.match(elision) ?? []);
  const telling = words.filter((word) => !functionWords.has(word) && !elided.has(word));
  const whole = [...(telling.length > 0 ? telling : words), ...joinedWords(normalized)];
  const wanted = longest([...new Set(whole)], maxQueryWords);
  const stems = wanted
    .flatMap(spellings)
    .flatMap((word) => candidates.map((language) => term(word, language)));
  const signs = spread([...new Set(signTerms(normalized))], maxQueryWords);
  return [...new Set([...stems, ...signs])].slice(0, maxQueryTerms);
}

/**
 * The most words, and the most terms of a query. Each term costs a store the time of its postings: SQLite takes 46 s for 60 KB of
 * text without a limit. A question has some ten words, and at most nine stems each.
 */
const maxQueryWords = 40;
export const maxQueryTerms = 200;

/** The longest words, in their order. */
function longest(words: readonly string[], most: number): readonly string[] {
  if (words.length <= most) return words;
  const kept = new Set([...words].sort((a, b) => b.length - a.length).slice(0, most));
  return words.filter((word) => kept.has(word));
}

/** Some of many, from all over the text. */
function spread<T>(items: readonly T[], most: number): readonly T[] {
  const step = Math.ceil(items.length / most);
  return step <= 1 ? items : items.filter((_, index) => index % step === 0);
}

/** French and Italian words of one letter before an apostrophe: "l'été". */
const elision = /(?<![\p{L}\p{M}\p{N}])(?:[cdjlmnst]|qu)(?=')/gu;

/** A word as it may also be written: with an umlaut or a ring, or with the vowels that stand for it. */
function spellings(word: string): readonly string[] {
  const spelt = word.replace(/[äöü]/g, (vowel) => `${withoutMarks(vowel)}e`).replace(/å/g, "aa");
  const drawn = word.replace(/(?<=[aou])e/g, "").replace(/aa/g, "a");
  return [...new Set([word, spelt, drawn])];
}

/** The words that the segmenter finds. Also splits "user_id" and "example.com", which it keeps whole. */
function splitWords(normalized: string): readonly string[] {
  // In scripts with spaces the segmenter would find the same words, ten times as slowly.
  if (!needsSegmenter.test(normalized)) return partWords(normalized);
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(normalized)) {
    if (isWordLike) words.push(...partWords(segment));
  }
  return words;
}

function partWords(text: string): readonly string[] {
  return text.replace(/'s(?![\p{L}\p{N}])/gu, "").match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

const maxCached = 50_000;
const cache = new Map<Language, Map<string, string>>();

/** The term of a word, cached since texts repeat their words. */
function term(whole: string, language: Language): string {
  const word =
    whole.length > maxTermLength
      ? [...whole.slice(0, 2 * maxTermLength)].slice(0, maxTermLength).join("")
      : whole;
  let known = cache.get(language);
  if (!known || known.size >= maxCached) {
    known = new Map();
    cache.set(language, known);
  }
  let found = known.get(word);
  if (found === undefined) {
    found = reduce(word, language);
    known.set(word, found);
  }
  return found;
}

/** Backends limit the length of a term. Longer words are truncated. */
const maxTermLength = 64;

function reduce(word: string, language: Language): string {
  if (withoutSpaces.test(word)) return word;
  if (arabic.test(word)) return word.replace(arabicPrefix, "");
  return withoutMarks(language.stem(word) || word);
}

const arabic = /^\p{Script=Arabic}/u;
/** The article, with what is written together with it, where three letters follow (Larkey et al., "Light stemming", 2007). */
const arabicPrefix = /^(?:[وفبك]?ال|لل)(?=\p{L}{3})/u;

/** What is found without words: pairs of characters where no spaces part words, and emoji. */
function signTerms(normalized: string): readonly string[] {
  const terms: string[] = normalized.match(emoji) ?? [];
  if (!needsSegmenter.test(normalized)) return terms;
  for (const [run] of normalized.matchAll(unparted)) {
    const characters = run.match(/\P{M}\p{M}*/gu) ?? [];
    for (const [index, character] of characters.entries()) {
      const next = characters[index + 1];
      if (han.test(character)) terms.push(character);
      if (next !== undefined) terms.push(character + next);
    }
  }
  return terms;
}

const emoji = /(?!\p{ASCII})\p{Extended_Pictographic}|\p{Regional_Indicator}{2}/gu;
