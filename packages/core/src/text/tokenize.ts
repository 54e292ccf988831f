import { defaultLanguage, detectLanguage, type Language, languages } from "./languages.ts";

const segmenter = new Intl.Segmenter("en", { granularity: "word" });
const withoutSpaces = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々]/u;
const runsWithoutSpaces = new RegExp(`${withoutSpaces.source}+`, "gu");
/** Scripts whose words only a dictionary can tell apart. */
const needsSegmenter = new RegExp(
  `${withoutSpaces.source}|[\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}]`,
  "u",
);
const han = /\p{Script=Han}/u;
const latin = /\p{Script=Latin}/u;

/**
 * The terms that a text is indexed by: its words (Intl.Segmenter) in NFKC and lower case, reduced to their
 * stems in the text's language, Latin letters without their accents. Chinese, Japanese and Korean also give
 * pairs of neighbouring characters, and Chinese characters one by one, since no two segmentations of a name
 * need agree. In the order of the text, with repetitions.
 */
export function documentTerms(text: string): readonly string[] {
  const normalized = normalize(text);
  const words = splitWords(normalized);
  const language = detectLanguage(words) ?? defaultLanguage;
  return [...words.map((word) => term(word, language)), ...characterTerms(normalized)];
}

/**
 * The terms to look for, without repetitions. A question is often too short to tell its language, so that a
 * word is looked for under its stem in every language that may be meant. The small words of its language are left
 * out, unless there are no others: a memory is not the answer because it has "the" and "what" in it.
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

/** The words as the segmenter finds them, parted further where it keeps "user_id" and "example.com" whole. */
function splitWords(normalized: string): readonly string[] {
  // Where words stand apart the segmenter would find the same ones, ten times as slowly.
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

const maxRemembered = 50_000;
const remembered = new Map<Language, Map<string, string>>();

/** The term of a word. Texts repeat their words, so that the last ones are remembered. */
function term(word: string, language: Language): string {
  let known = remembered.get(language);
  if (!known || known.size >= maxRemembered) {
    known = new Map();
    remembered.set(language, known);
  }
  let found = known.get(word);
  if (found === undefined) {
    found = reduce(word, language);
    known.set(word, found);
  }
  return found;
}

/** Backends limit the length of a term; nobody looks for more of a word. */
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
