/**
 * A text in one spelling, whatever its language: compatibility forms, case, invisible characters, digits, and letters that are
 * written in two ways are made one. Accents of Latin and Greek stay, since stemmers read them: `withoutMarks` takes them away.
 * (Unicode: UAX #15 for compatibility forms, UAX #44 for Default_Ignorable_Code_Point and Nd.)
 */
export function normalize(text: string): string {
  return (
    text
      // The order of a long run of marks costs the square of its length, and says nothing.
      .replace(/(\p{M}{16})\p{M}+/gu, "$1")
      .replace(apostrophes, "'")
      .normalize("NFKC")
      .replace(/[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\p{Me}\u0640]/gu, "")
      .toLowerCase()
      .replace(/\p{Nd}/gu, digitOf)
      .replace(twoWays, (letter) => oneWay[letter] ?? letter)
      .replace(looseMarks, "")
      .replace(nasals, anusvaraOf)
  );
}

/** Letters of Latin, Greek, Arabic and Hebrew without what stands above and below them. Elsewhere marks are letters. */
export function withoutMarks(word: string): string {
  return hasMarks.test(word) ? word.normalize("NFD").replace(/\p{M}/gu, "") : word;
}

const hasMarks = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Arabic}\p{Script=Hebrew}]/u;

/**
 * Marks that may be written, and mostly are not: vowels of Arabic and Hebrew, the stress of Cyrillic, lines through letters, and
 * whatever else is no part of a composed letter.
 */
const looseMarks =
  /(?<=[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}]\p{M}*)\p{M}/gu;

/** Whatever is typed as an apostrophe, before compatibility forms make a space of some. */
const apostrophes = /[\u0060\u00b4\u02b9\u02bb-\u02bd\u02bf\u2018\u2019\u201b\u2032\uff07]/g;

/**
 * What Devanagari and its relatives write in two ways: a nasal before a consonant of its own row, and the dot that stands for it. The
 * dot below tells sounds of other languages, and is often left out. Their blocks of Unicode have one order. (Lucene's HindiNormalizer)
 */
const rows = [0x15, 0x1a, 0x1f, 0x24, 0x2a];
const nasals = new RegExp(
  [0x900, 0x980, 0xa00, 0xa80, 0xb00, 0xc00, 0xc80]
    .flatMap((block) => {
      const at = (offset: number) => `\\u{${(block + offset).toString(16)}}`;
      const closed = rows.map((row) => `${at(row + 4)}${at(0x4d)}(?=[${at(row)}-${at(row + 3)}])`);
      return [...closed, at(0x01), at(0x3c)];
    })
    .join("|"),
  "gu",
);

/** The dot for a nasal, nothing for the dot below. */
function anusvaraOf(match: string): string {
  const code = match.charCodeAt(0);
  return code % 0x80 === 0x3c ? "" : String.fromCharCode(code - (code % 0x80) + 0x02);
}

/** Letters that people also write in another way, and that have no decomposition, or another meaning than its marks. */
const oneWay: Readonly<Record<string, string>> = {
  ß: "ss",
  ſ: "s",
  ı: "i",
  i̇: "i",
  ł: "l",
  ø: "ö",
  đ: "d",
  ð: "d",
  ħ: "h",
  ŧ: "t",
  ŋ: "n",
  æ: "ae",
  œ: "oe",
  þ: "th",
  ĸ: "k",
  ς: "σ",
  ё: "е",
  ґ: "г",
  ѐ: "е",
  ѝ: "и",
  // Arabic: forms of alef, and letters that end a word in two ways.
  آ: "ا",
  أ: "ا",
  إ: "ا",
  ٱ: "ا",
  ى: "ي",
  ی: "ي",
  ک: "ك",
  ة: "ه",
  // Urdu's he and ye.
  ہ: "ه",
  ۂ: "ه",
  ۃ: "ه",
  ھ: "ه",
  ے: "ي",
  // Hebrew: the forms at the end of a word.
  ך: "כ",
  ם: "מ",
  ן: "נ",
  ף: "פ",
  ץ: "צ",
};
const twoWays = new RegExp(Object.keys(oneWay).join("|"), "gu");

const digits = new Map<string, string>();

/** The ASCII digit of a digit in any script: each script has ten in a row, from zero on. */
function digitOf(digit: string): string {
  let known = digits.get(digit);
  if (known === undefined) {
    const code = digit.codePointAt(0) ?? 0;
    let before = 0;
    while (/\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before += 1;
    known = String(before % 10);
    digits.set(digit, known);
  }
  return known;
}
