/** Terms of one script, as core makes them of texts. Some differ in a mark alone. */
export interface Script {
  readonly name: string;
  readonly terms: readonly string[];
}

/** The scripts that texts, terms and values are written in. */
export const scripts: readonly Script[] = [
  { name: "Latin", terms: ["zebra", "naive", "naïve", "x".repeat(64)] },
  { name: "Han", terms: ["記憶", "记忆", "猫", "𠮷野"] },
  { name: "Arabic", terms: ["ذاكرة", "كتاب", "مدينة", "قلم"] },
  { name: "Thai", terms: ["ความจำ", "แมว", "น้ำ", "นำ"] },
  { name: "Hebrew", terms: ["זיכרון", "חתול", "ספר", "עיר"] },
  { name: "Cyrillic", terms: ["память", "кошка", "ёж", "еж"] },
  { name: "emoji", terms: ["👩", "🇩🇪", "🦓", "👍"] },
  { name: "combining marks", terms: ["हिन्दी", "हिन्द", "कि", "की"] },
];
