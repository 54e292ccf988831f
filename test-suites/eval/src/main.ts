/** `npm run eval -- --model qwen3:4b [--url http://127.0.0.1:11434] [--context 4096] [--verbose]`. */
import { parseArgs } from "node:util";
import { ollama } from "@loci/ollama";
import { cases } from "./cases.ts";
import { type CaseResult, runCase, scorecard } from "./run-eval.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    url: { type: "string" },
    context: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});
if (!values.model) {
  console.error(
    "Usage: npm run eval -- --model NAME [--url ADDRESS] [--context TOKENS] [--verbose], for a model that Ollama has.",
  );
  process.exit(2);
}
const model = ollama(values.model, {
  ...(values.url ? { host: values.url } : {}),
  ...(values.context ? { contextTokens: Number(values.context) } : {}),
});
const { contextTokens } = await model.describe();
console.log(`${model.id}, a context of ${contextTokens} tokens, ${cases.length} cases.`);

const results: CaseResult[] = [];
for (const evaluated of cases) {
  const result = await runCase(evaluated, model);
  results.push(result);
  const verdict = result.problems.length === 0 ? "right" : "WRONG";
  console.log(`${verdict}  ${evaluated.category} (${evaluated.language}), ${result.seconds.toFixed(1)} s`);
  if (result.problems.length === 0 && !values.verbose) continue;
  for (const problem of result.problems) console.log(`       ${problem}`);
  for (const text of result.held) console.log(`       known: ${text}`);
}
console.log(`\n${model.id}:`);
for (const line of scorecard(results)) console.log(line);
