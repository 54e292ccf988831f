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
      .normalize("NFKC")
      .replace(/[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\u0640]/gu, "")
      .toLowerCase()
      .replace(/\p{Nd}/gu, digitOf)
      .replace(twoWays, (letter) => oneWay[letter] ?? letter)
      .replace(marksOfVowels, "")
  );
}

/** Letters of Latin, Greek, Arabic and Hebrew without what stands above and below them. Elsewhere marks are letters. */
export function withoutMarks(word: string): string {
  return hasMarks.test(word) ? word.normalize("NFD").replace(/\p{M}/gu, "") : word;
}

const hasMarks = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Arabic}\p{Script=Hebrew}]/u;

/** Vowels that Arabic and Hebrew may write, and mostly do not. */
const marksOfVowels = /(?<=[\p{Script=Arabic}\p{Script=Hebrew}]\p{M}*)\p{M}/gu;

/** Letters that have no decomposition, and that people also write in another way. */
const oneWay: Readonly<Record<string, string>> = {
  ß: "ss",
  ſ: "s",
  ı: "i",
  i̇: "i",
  ł: "l",
  ø: "o",
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
  // Arabic: forms of alef, and letters that end a word in two ways.
  آ: "ا",
  أ: "ا",
  إ: "ا",
  ٱ: "ا",
  ى: "ي",
  ی: "ي",
  ک: "ك",
  ة: "ه",
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
