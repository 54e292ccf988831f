/**
 * Words that people also write as one, joined: "e-mail", "O'Brien", "U.S.A.", "node.js", "R&D", "1,000". Their parts are words of their
 * own. Names of hosts, dates and contractions ("docs.example.com", "2026-01-31", "don't") are written in one way.
 */
export function joinedWords(normalized: string): readonly string[] {
  const joined: string[] = [];
  for (const [run] of normalized.matchAll(runs)) {
    const pieces = run.split(/[-‐]+/).filter((piece) => piece !== "");
    for (const piece of pieces) if (isOneWord(piece)) joined.push(withoutSigns(piece));
    if (pieces.length > 1 && hasLetters.test(run)) joined.push(withoutSigns(run));
  }
  for (const [number] of normalized.matchAll(grouped)) joined.push(number.replace(/\P{N}/gu, ""));
  return joined;
}

/** Words and the signs within them. Where no spaces part words, a run would be a sentence. */
const runs =
  /(?:[.'&·׳״"‐-]|(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々])[\p{L}\p{M}\p{N}])+/gu;
const hasLetters = /\p{L}/u;

/** Digits in groups, as in "1,000", "1.000", "1'000", "1 000" and "1,00,000", and not in numbers of telephones. */
const grouped = /(?<!\p{N}[.,'٬ ]?)[1-9](?:\d{0,2}(?:[.,'٬ ]\d{3})+|\d?(?:,\d{2}){1,4},\d{3})(?![ ]?\p{N})/gu;

/** An abbreviation, a name with an apostrophe, or a word with a short part after a full stop. */
function isOneWord(piece: string): boolean {
  const parts = piece.split(/[.'&·׳״"]/).filter((part) => part !== "");
  if (parts.length < 2 || !hasLetters.test(piece)) return false;
  if (contraction.test(piece)) return false;
  if (piece.includes('"') && !/\p{Script=Hebrew}"\p{Script=Hebrew}/u.test(piece)) return false;
  return !/\p{L}\.\p{L}/u.test(piece) || parts.some((part) => part.length <= 2);
}

const contraction = /^[a-z]+'(?:s|t|m|d|re|ve|ll)[.'"]*$/;

function withoutSigns(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N}]/gu, "");
}
