import { describe, expect, it } from "vitest";
import { documentTerms, maxQueryTerms, queryTerms } from "./tokenize.ts";

/** Whether a question shares a term with a text that is about as long as a memory. */
const finds = (query: string, text: string) => {
  const terms = new Set(documentTerms(text));
  return queryTerms(query).some((term) => terms.has(term));
};

describe("tokenization", () => {
  it("reduces English words to stems, without accents, in lower case", () => {
    expect(documentTerms("The Engineers prioritized naïve CAFÉS")).toEqual([
      "the",
      "engin",
      "priorit",
      "naiv",
      "cafe",
    ]);
  });

  it("parts what a segmenter keeps together", () => {
    expect(documentTerms("Alice's user_id at docs.example.com")).toEqual([
      "alic",
      "user",
      "id",
      "at",
      "doc",
      "exampl",
      "com",
    ]);
    expect(documentTerms("  …!? ")).toEqual([]);
  });

  it("reads full-width and composed letters as one", () => {
    expect(documentTerms("ＡＴＬＡＳ ﬁne")).toEqual(documentTerms("atlas fine"));
    expect(documentTerms("Zu\u0308rich")).toEqual(documentTerms("Zürich"));
  });

  it.each([
    ["plural", "Welche Hunde hat Anna?", "Anna hat einen Hund namens Rex"],
    ["inflected verb", "Wann wurde die Wohnung gekündigt?", "Sie haben den Wohnungen eine Nummer gegeben"],
    ["no small word in the question", "Wohnungen mieten", "Ich suche eine Wohnung in Köln"],
    ["sharp s", "strasse", "Sie wohnt in der langen Straße"],
    ["umlaut of a plural", "häuser", "Das ist ein Haus mit Garten"],
    ["French", "Quels chats aiment dormir?", "mon chat est noir et il aime le soleil"],
    ["Spanish", "¿Qué perros tiene?", "mi perro se llama Rex y es muy grande"],
    ["Russian", "какие книги он читал", "это была моя любимая книга"],
  ])("finds German and other inflections: %s", (_, query, text) => {
    expect(finds(query, text)).toBe(true);
  });

  it("does not find what only looks alike", () => {
    expect(finds("Wohnung", "Ich habe eine Katze")).toBe(false);
    expect(finds("cat", "The concatenation failed")).toBe(false);
    expect(finds("東", "京都に行きました")).toBe(false);
  });

  it.each([
    [
      "a Chinese name that no dictionary has",
      "阿特拉斯",
      "我们的内部客户关系管理系统叫做阿特拉斯，基于Salesforce构建",
    ],
    ["a Chinese word inside a longer one", "客户", "我们的内部客户关系管理系统"],
    ["one Chinese character", "猫", "我养了一只黑猫"],
    ["a Japanese word in another inflection", "猫を飼う", "黒猫を飼っています"],
    ["Japanese in Katakana", "データベース設計", "新しいデータベースの話をした"],
    ["Latin words among Chinese ones", "salesforce", "基于Salesforce构建"],
    ["Korean with a particle", "서울", "서울에서 회의를 했다"],
    ["Thai, which has no spaces", "ภาษาไทย", "ฉันเรียนภาษาไทยทุกวัน"],
  ])("finds %s", (_, query, text) => {
    expect(finds(query, text)).toBe(true);
  });

  it.each([
    ["letters without a decomposition", "Lodz", "Wycieczka do Łódź"],
    ["the same, asked with them", "Łódź", "a trip to Lodz"],
    ["a Danish o", "Malmo Kobenhavn", "Malmø og København"],
    ["soft hyphens", "Donaudampfschiff", "Donau\u00addampf\u00adschiff"],
    ["zero-width spaces and joiners", "wonderland", "wonder\u200bland\u2060"],
    ["vowelled Arabic", "كتاب", "هذا كِتَابٌ جديد"],
    ["the Arabic article", "مدرسة", "ذهبت إلى المدرسة"],
    ["forms of alef", "احمد", "جاء أحمد اليوم"],
    ["vowelled Hebrew", "שלום", "שָׁלוֹם לכולם"],
    ["a Hebrew letter at the end of a word", "מלכ", "מלך"],
    ["a part of a Thai compound", "ไทย", "เธอเรียนภาษาไทยที่โรงเรียน"],
    ["an emoji alone", "🎉", "we won 🎉"],
    ["an emoji of another skin", "👍", "ok 👍🏽"],
    ["a flag", "🇵🇱", "🇵🇱 trip"],
    ["Arabic digits", "3", "عندي ٣ قطط"],
    ["Devanagari digits", "42", "कमरा ४२"],
    ["full-width digits", "2026", "２０２６年"],
    ["an umlaut as two letters", "Kaese", "Der Käse schmeckt"],
    ["two letters as an umlaut", "Käse", "Der Kaese schmeckt"],
    ["sharp s without a small word", "Strasse", "Straße"],
    ["sharp s in capitals", "GROSS", "groß"],
    ["ё without a small word", "елка", "ёлка"],
    ["a Greek accent", "Αθηνα", "Αθήνα"],
    ["a final sigma", "ΟΔΟΣ", "οδός"],
    ["a Turkish capital", "istanbul", "İSTANBUL"],
    ["a dotless i", "izmir", "ızmir"],
    ["a Vietnamese name", "Nguyen", "Nguyễn"],
    ["Spanish", "Espana", "España"],
    ["decomposed letters", "Zu\u0308rich", "zurich"],
    ["ligatures", "ﬁnance", "finance"],
    ["a Persian joiner", "می‌خواهم", "میخواهم"],
  ])("finds one spelling by another: %s", (_, query, text) => {
    expect(finds(query, text)).toBe(true);
  });

  it.each([
    ["another word", "resume", "the result"],
    ["another digit", "٣", "4 cats"],
    ["another emoji", "🎉", "sad 😢"],
    ["a vowel sign of Devanagari", "की", "का"],
    ["another flag", "🇵🇱", "🇩🇪"],
    ["an Arabic word that begins like the article", "لم", "المدينة"],
  ])("does not find %s", (_, query, text) => {
    expect(finds(query, text)).toBe(false);
  });

  it("gives a long query no more terms than a store takes, and the most telling", () => {
    const words = Array.from({ length: 9000 }, (_, index) => `w${index}`);
    for (const text of [
      [...words, "extraordinarily"].join(" "),
      "夏目漱石は".repeat(10_000),
      "x".repeat(1_000_000),
      "\u0301".repeat(200_000),
      "🎉".repeat(100_000),
    ]) {
      const terms = queryTerms(text);
      expect(terms.length).toBeLessThanOrEqual(maxQueryTerms);
      for (const term of terms) expect(term.length).toBeLessThanOrEqual(64);
    }
    expect(queryTerms([...words, "extraordinarily"].join(" "))).toContain("extraordinarili");
  });

  it("gives a query each term once", () => {
    const terms = queryTerms("tea tea TEA 茶茶");
    expect(terms).toHaveLength(new Set(terms).size);
    expect(terms).toContain("tea");
  });
});
