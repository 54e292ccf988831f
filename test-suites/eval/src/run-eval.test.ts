import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { findServer, ollama, testModels } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import type { LanguageModel } from "@loci/core";
import { describe, expect, it } from "vitest";
import { cases } from "./cases.ts";
import { runCase, scorecard } from "./run-eval.ts";

/** A fake model, which answers by script. */
function fakeModel(answer: (prompt: string) => unknown): LanguageModel {
  return {
    specVersion: 1,
    id: "fake-scripted",
    describe: async () => ({ contextTokens: 4096 }),
    generate: async ({ messages }) => ({
      object: answer(messages.at(-1)?.content ?? ""),
      usage: { inputTokens: 1000, outputTokens: 10 },
    }),
  };
}

/** What a careful person would keep, by a word of the conversation. */
const right: Readonly<Record<string, { facts: readonly string[]; replaces?: string; removes?: string }>> = {
  paramedic: { facts: ["User is a paramedic in Leeds", "User has two daughters"] },
  Vegetarier: { facts: ["Isst vegetarisch", "Kocht am liebsten thailändisch"] },
  Sevilla: { facts: ["Vive en Sevilla con su hermano Diego", "Trabaja de noche en una panadería"] },
  杭州: { facts: ["在杭州做软件测试", "有一只叫豆豆的狗"] },
  heron: { facts: ["The staging database heron runs on port 5433", "Production is called osprey"] },
  "moved to Berlin.": { facts: ["User lives in Berlin"], replaces: "User lives in Paris" },
  gekündigt: { facts: ["Arbeitet bei Halden"], replaces: "Arbeitet bei der Firma Oreon" },
  iPhone: { facts: ["Utilise un iPhone"], replaces: "Utilise un téléphone Android" },
  "Rex died": { facts: [], removes: "User has a dog called Rex" },
  "12th of April": { facts: ["The flight to Oslo is on 2026-04-12"] },
  "I was wrong": {
    facts: ["The flight to Oslo is on 2026-04-14"],
    replaces: "The flight to Oslo is on 2026-04-12",
  },
  "nicht Anna": { facts: ["Die Schwester heißt Johanna"], replaces: "Die Schwester heißt Anna" },
  alcohol: { facts: ["User does not drink alcohol"] },
  fútbol: { facts: ["Le gusta el baloncesto", "No le gusta el fútbol"] },
  不吃辣: { facts: ["不吃辣", "没有驾照"] },
  nuts: { facts: ["Nora is allergic to nuts", "Ben does not eat fish"] },
  "nehme am Dienstag": { facts: ["Jürgen hat am Dienstag frei", "Silke ist bis sechs da"] },
  harbour: { facts: ["Tom works at the harbour since January 2026"] },
  "last May": { facts: ["User moved to Berlin in May 2025"] },
  Gestern: { facts: ["Hat die Prüfung am 2026-03-04 bestanden"] },
  大阪: { facts: ["2026-03-09に大阪へ出張する"] },
  Nürnberg: { facts: ["Der Server steht in Nürnberg"] },
  stamps: { facts: ["User collects stamps"] },
};

const careful = fakeModel((prompt) => {
  const conversation = prompt.slice(prompt.indexOf("<conversation>"));
  const [, answer] = Object.entries(right).find(([word]) => conversation.includes(word)) ?? [];
  const numberOf = (text: string | undefined) => {
    const line = prompt.split("\n").find((line) => text && line.includes(JSON.stringify(text)));
    return line ? Number(/"memory":(\d+)/.exec(line)?.[1] ?? 0) : 0;
  };
  const facts = answer?.facts ?? [];
  const removes = answer?.removes ? [numberOf(answer.removes)] : [];
  const replaces = numberOf(answer?.replaces);
  return { facts: facts.map((text) => ({ text, message: 1, replaces })), removes };
});

describe("the evaluation", () => {
  it("is right about a model that answers as a careful person would", async () => {
    for (const evaluated of cases) {
      const { problems } = await runCase(evaluated, careful);
      expect(problems, `${evaluated.category} ${evaluated.language}`).toEqual([]);
    }
  });

  it.each([
    ["says nothing", () => ({ facts: [], removes: [] })],
    ["keeps everything that was said", keepEverything],
    ["forgets everything", () => ({ facts: [], removes: [1, 2, 3] })],
    ["answers nonsense", () => ({})],
  ] as const)("finds fault with a model that %s", async (_, answer) => {
    const results = await Promise.all(cases.map((evaluated) => runCase(evaluated, fakeModel(answer))));
    const right = results.filter(({ problems }) => problems.length === 0).length;
    expect(right).toBeLessThan(cases.length / 3);
    expect(scorecard(results).join("\n")).toContain(`all            ${right} of ${cases.length}`);
  });

  it("has cases that each can be failed", async () => {
    const bad = [() => ({ facts: [], removes: [1, 2, 3] }), keepEverything];
    for (const evaluated of cases) {
      const results = await Promise.all(bad.map((answer) => runCase(evaluated, fakeModel(answer))));
      expect(
        results.some(({ problems }) => problems.length > 0),
        `${evaluated.category} ${evaluated.language}`,
      ).toBe(true);
    }
  });
});

function keepEverything(prompt: string): unknown {
  const lines = prompt
    .slice(prompt.indexOf("<conversation>"))
    .split("\n")
    .filter((line) => line.startsWith("{"));
  const facts = lines
    .map((line) => JSON.parse(line))
    .map(({ text, message }) => ({ text, message, replaces: 0 }));
  return { facts, removes: [] };
}

describeBackend(ollama, "npm run eval", () => {
  it("prints a scorecard of a real model", async () => {
    const server = await findServer(ollama);
    const main = fileURLToPath(new URL("./main.ts", import.meta.url));
    const node = ["--conditions=loci-source", "--disable-warning=ExperimentalWarning"];
    const output = execFileSync(
      process.execPath,
      [...node, main, "--model", testModels.chat, "--url", server.url],
      {
        encoding: "utf8",
      },
    );
    await server.stop();
    expect(output).toMatch(
      new RegExp(`all +\\d+ of ${cases.length}\n +\\d+ calls, \\d+ tokens in, \\d+ out`),
    );
  });
});
