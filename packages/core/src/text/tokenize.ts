import { defaultLanguage, detectLanguage, type Language, languages } from "./languages.ts";

const segmenter = new Intl.Segmenter("en", { granularity: "word" });
const withoutSpaces = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々]/u;
const runsWithoutSpaces = new RegExp(`${withoutSpaces.source}+`, "gu");
/** Scripts that need a dictionary to separate words. */
const needsSegmenter = new RegExp(
  `${withoutSpaces.source}|[\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}]`,
  "u",
);
const han = /\p{Script=Han}/u;
const latin = /\p{Script=Latin}/u;

/**
 * The index terms of a text: its words (Intl.Segmenter) in NFKC and lower case, stemmed in the text's language,
 * Latin letters without accents. Chinese, Japanese and Korean also yield pairs of adjacent characters, and Chinese
 * single characters, since two segmentations of a name may differ. In text order, with repetitions.
 */
export function documentTerms(text: string): readonly string[] {
  const normalized = normalize(text);
  const words = splitWords(normalized);
  const language = detectLanguage(words) ?? defaultLanguage;
  return [...words.map((word) => term(word, language)), ...characterTerms(normalized)];
}

/**
 * The terms to search for, without repetitions. A question is often too short to identify its language, so each word
 * is stemmed in every candidate language. Function words are left out unless there are no others: "the" and "what"
 * make no memory relevant.
 */
export function queryTerms(text: string): readonly string[] {
  const normalized = normalize(text);
  const words = splitWords(normalized);
  const detected = detectLanguage(words);
  const candidates = detected ? [defaultLanguage, detected] : languages;
  const { functionWords } = detected ?? defaultLanguage;
  const telling = words.filter((word) => !functionWords.has(word));
  const wanted = telling.length > 0 ? telling : words;
  const stems = wanted.flatMap((word) => candidates.map((language) => term(word, language)));
  return [...new Set([...stems, ...characterTerms(normalized)])];
}

function normalize(text: string): string {
  return text.normalize("NFKC").toLowerCase();
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
  return text.replace(/['’]s(?![\p{L}\p{N}])/gu, "").match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

const maxCached = 50_000;
const cache = new Map<Language, Map<string, string>>();

/** The term of a word, cached since texts repeat their words. */
function term(word: string, language: Language): string {
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

function reduce(whole: string, language: Language): string {
  const word = whole.length > maxTermLength ? [...whole].slice(0, maxTermLength).join("") : whole;
  if (withoutSpaces.test(word)) return word;
  const stem = language.stem(word) || word;
  return latin.test(stem) ? stem.normalize("NFD").replace(/\p{M}/gu, "") : stem;
}

function characterTerms(normalized: string): readonly string[] {
  const terms: string[] = [];
  if (!withoutSpaces.test(normalized)) return terms;
  for (const [run] of normalized.matchAll(runsWithoutSpaces)) {
    const characters = [...run];
    for (const [index, character] of characters.entries()) {
      const next = characters[index + 1];
      if (han.test(character)) terms.push(character);
      if (next !== undefined) terms.push(character + next);
    }
  }
  return terms;
}
