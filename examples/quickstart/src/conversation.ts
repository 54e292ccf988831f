import { join } from "node:path";
import { Memory } from "loci";
import { embedder, languageModel } from "./models.ts";
import { directory, say, title } from "./narrate.ts";

if (!languageModel) throw new Error("Run main.ts with --ollama: it finds the models.");
title(`6. A conversation becomes facts, by ${languageModel.id}`);
const memory = new Memory({
  tenancy: "single",
  directory: join(directory, "conversation"),
  embedder,
  languageModel,
});
const talks = [
  [
    "I'm Mia. I moved to Berlin last May, and I work at Oreon as a nurse.",
    "Our cat is called Momo, and I don't eat meat.",
  ],
  ["I left Oreon. Since Monday I teach at Halden College."],
];
for (const talk of talks) {
  for (const text of talk) say(`Mia: ${text}`);
  const messages = talk.map((content) => ({ role: "user", name: "Mia", content }) as const);
  const start = performance.now();
  const { results, extraction } = await memory.add(messages, { onExtractionFailure: "store-raw" });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  say(
    `${extraction?.calls} call, ${extraction?.inputTokens} tokens in, ${extraction?.outputTokens} out, ${seconds} s`,
  );
  for (const { status, text } of results) say(`  ${status}: ${text}`);
  if (results.length === 0) say("  no facts");
  if (extraction?.failure) say(`  stored as it was said: ${extraction.failure.message}`);
}
const { text, tokens } = await memory.context("Where does Mia work?", { maxTokens: 300 });
say(`What a system prompt would get for "Where does Mia work?", about ${tokens} tokens:`);
say(text.replaceAll("\n", "\n  "));
await memory.close();
