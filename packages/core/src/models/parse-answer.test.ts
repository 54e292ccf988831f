import { describe, expect, it } from "vitest";
import { parseAnswer } from "./parse-answer.ts";

const facts = { facts: [{ text: 'a "quoted" } brace' }] };
const json = JSON.stringify(facts);

describe("parseAnswer", () => {
  it.each([
    ["plain", json],
    ["white space", `\n\n  ${json}\n`],
    ["a fence", `\`\`\`json\n${json}\n\`\`\``],
    ["a sentence around a fence", `Sure, here it is:\n\`\`\`\n${json}\n\`\`\`\nAnything else?`],
    ["a sentence around it", `The answer is ${json}. I hope that helps {smile}`],
    ["thoughts", `<think>maybe {"facts": []}?</think>${json}`],
    ["thoughts without their opening tag", `maybe {"facts": []}?</think>\n${json}`],
    ["a text of JSON", JSON.stringify(json)],
    ["a draft before it", `First {"facts": []}, no: ${json}`],
  ])("finds the object in %s", (_, answer) => {
    expect(parseAnswer(answer, "m")).toEqual(facts);
  });

  it.each(["", "no", '"text"', "17", '{"facts": [', "<think>{}</think>"])(
    "refuses %j with what came",
    (answer) => {
      expect(() => parseAnswer(answer, "m")).toThrow(
        expect.objectContaining({
          code: "MODEL_FAILED",
          problem: "invalid-answer",
          answer,
          retryable: false,
        }),
      );
    },
  );

  it("finds it behind a brace that is never closed", () => {
    expect(parseAnswer(`I use { for objects: ${json}`, "m")).toEqual(facts);
  });
});
