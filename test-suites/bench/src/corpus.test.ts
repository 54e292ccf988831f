import { describe, expect, test } from "vitest";
import { readCorpus } from "./corpus.ts";

const { groups, questions } = readCorpus();

describe.each([...new Set(groups.map(({ language }) => language))])("The corpus in %s", (language) => {
  const own = groups.filter((group) => group.language === language);
  const texts = own.flatMap(({ memories }) => memories.map(({ text }) => text));
  const asked = questions.filter((question) => question.language === language);

  test("has days, speakers and texts", () => {
    for (const { kind, day, memories } of own) {
      expect(day).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      expect(new Date(day).toISOString().slice(0, 10)).toBe(day);
      expect(memories).not.toEqual([]);
      for (const { text, name } of memories) {
        expect(text).toMatch(/^[^#?\s]/);
        if (kind === "conversation") expect(name, text).toBeTruthy();
      }
    }
  });

  test("has conversations and facts", () => {
    expect(new Set(own.map(({ kind }) => kind))).toEqual(new Set(["conversation", "facts"]));
  });

  test("asks enough questions, none of them twice", () => {
    expect(asked.length).toBeGreaterThanOrEqual(60);
    expect(new Set(asked.map(({ question }) => question)).size).toBe(asked.length);
  });

  test("has one memory for each answer, and no answer is its question", () => {
    for (const { question, answer } of asked) {
      expect(texts.filter((text) => text === answer)).toEqual([answer]);
      expect(question).not.toBe(answer);
    }
  });

  test("has memories enough that answer nothing", () => {
    const answers = new Set(asked.map(({ answer }) => answer));
    expect(texts.filter((text) => !answers.has(text)).length).toBeGreaterThan(texts.length / 3);
  });
});
