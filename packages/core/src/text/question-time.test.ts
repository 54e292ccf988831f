import { expect, it } from "vitest";
import { dayOf } from "../util/days.ts";
import { readTime } from "./question-time.ts";

/** A Wednesday. */
const now = Date.parse("2026-03-18T12:00:00Z");
const read = (question: string, timeZone = "UTC") => {
  const found = readTime(question, now, timeZone);
  return found && `${dayOf(found.after, timeZone)}..${dayOf(found.before - 1, timeZone)}`;
};

it.each([
  ["What did I say yesterday?", "2026-03-17..2026-03-17"],
  ["What did we decide last week?", "2026-03-09..2026-03-15"],
  ["what happened 3 days ago", "2026-03-15..2026-03-15"],
  ["What did she cook last month?", "2026-02-01..2026-02-28"],
  ["Where was I in January?", "2026-01-01..2026-01-31"],
  ["Where was I in December?", "2025-12-01..2025-12-31"],
  ["What did I buy on March 5?", "2026-03-05..2026-03-05"],
  ["What did I buy on 5 May 2024?", "2024-05-05..2024-05-05"],
  ["What happened in May 2024?", "2024-05-01..2024-05-31"],
  ["What happened on 2025-11-02?", "2025-11-02..2025-11-02"],
  ["notes of 2025-11", "2025-11-01..2025-11-30"],
  ["Who did I meet on Monday?", "2026-03-16..2026-03-16"],
  ["What did I do last year?", "2025-01-01..2025-12-31"],
  ["What did I say the day before yesterday?", "2026-03-16..2026-03-16"],
  ["What did I buy on the 3rd of May 2025?", "2025-05-03..2025-05-03"],
  ["What did I buy on 3rd May 2025?", "2025-05-03..2025-05-03"],
  ["Where was I in January last year?", "2025-01-01..2025-01-31"],
  ["Where was I last year in December?", "2025-12-01..2025-12-31"],
  ["Wo war ich letztes Jahr im Februar?", "2025-02-01..2025-02-28"],
  ["去年3月我在哪里？", "2025-03-01..2025-03-31"],
  ["12月31日に何があった？", "2025-12-31..2025-12-31"],
  ["Was haben wir letzte Woche besprochen?", "2026-03-09..2026-03-15"],
  ["Was habe ich in der letzten Woche gegessen?", "2026-03-09..2026-03-15"],
  ["Was war im März?", "2026-03-01..2026-03-31"],
  ["Was war vor 3 Tagen?", "2026-03-15..2026-03-15"],
  ["Was geschah vorgestern?", "2026-03-16..2026-03-16"],
  ["Was habe ich am 5. Februar 2025 gekauft?", "2025-02-05..2025-02-05"],
  ["¿Qué comí la semana pasada?", "2026-03-09..2026-03-15"],
  ["¿Qué compré el 5 de febrero de 2025?", "2025-02-05..2025-02-05"],
  ["Qu'est-ce que j'ai fait la semaine dernière ?", "2026-03-09..2026-03-15"],
  ["Qu'ai-je acheté hier ?", "2026-03-17..2026-03-17"],
  ["Che cosa ho fatto ieri?", "2026-03-17..2026-03-17"],
  ["O que fiz na semana passada?", "2026-03-09..2026-03-15"],
  ["Wat heb ik vorige week gedaan?", "2026-03-09..2026-03-15"],
  ["Vad gjorde jag förra veckan?", "2026-03-09..2026-03-15"],
  ["Что я делал на прошлой неделе?", "2026-03-09..2026-03-15"],
  ["Что было в феврале?", "2026-02-01..2026-02-28"],
  ["Co robiłem w zeszłym tygodniu?", "2026-03-09..2026-03-15"],
  ["Geçen hafta ne yaptım?", "2026-03-09..2026-03-15"],
  ["先週何を食べましたか？", "2026-03-09..2026-03-15"],
  ["3日前に何をしましたか", "2026-03-15..2026-03-15"],
  ["2025年3月5日に会った人は？", "2025-03-05..2025-03-05"],
  ["上周我们谈了什么？", "2026-03-09..2026-03-15"],
  ["去年我在哪里？", "2025-01-01..2025-12-31"],
  ["12月に何があった？", "2025-12-01..2025-12-31"],
  ["지난주에 무엇을 먹었나요?", "2026-03-09..2026-03-15"],
  ["2025년 3월에 어디에 있었지?", "2025-03-01..2025-03-31"],
  ["สัปดาห์ที่แล้วฉันทำอะไร", "2026-03-09..2026-03-15"],
  ["ماذا فعلت الأسبوع الماضي؟", "2026-03-09..2026-03-15"],
  ["מה עשיתי אתמול?", "2026-03-17..2026-03-17"],
  ["पिछला सप्ताह मैंने क्या किया?", "2026-03-09..2026-03-15"],
])("reads %s", (question, expected) => {
  expect(read(question)).toBe(expected);
});

it.each([
  "Where does she live?",
  "What may I eat?",
  "Did the army march on?",
  "Wer wohnt hier?",
  "Wat staat hier?",
  "I need 2025 apples",
  "What is on page 12-31-99?",
  "She is 30 years old",
  "他住在哪里？",
  "彼女はどこに住んでいますか",
  "x".repeat(5000),
  "",
])("reads no time in %s", (question) => {
  expect(read(question)).toBeUndefined();
});

it("means the days of the time zone", () => {
  const late = Date.parse("2026-03-18T23:30:00Z");
  expect(readTime("today", late, "UTC")?.after).toBe(Date.parse("2026-03-18T00:00:00Z"));
  expect(readTime("today", late, "Asia/Tokyo")?.after).toBe(Date.parse("2026-03-18T15:00:00Z"));
});

it("reads nothing as seen from the farthest years", () => {
  for (const far of [8.64e15, -8.64e15, Date.parse("0005-01-01")])
    for (const question of ["this year", "last year", "in March", "yesterday", "1000 years ago"])
      expect(readTime(question, far, "Pacific/Apia")).toBeUndefined();
});

it("takes the shortest time that a question names", () => {
  expect(read("What did I say last year on 3 May 2025?")).toBe("2025-05-03..2025-05-03");
});
