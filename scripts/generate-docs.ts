/** Writes the parts of the documentation that follow from the code, between their markers. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  cases,
  casesAsMarkdown,
  embedderCases,
  languageModelCases,
} from "../test-suites/conformance/src/index.ts";
import { matrixAsMarkdown, runMatrix } from "../test-suites/saboteurs/src/matrix.ts";

const page = fileURLToPath(new URL("../docs/conformance.md", import.meta.url));
const modelRows = [...embedderCases, ...languageModelCases].map(
  ({ id, claim }) => `| \`${id}\` | ${claim} |`,
);
const parts: Readonly<Record<string, string>> = {
  cases: casesAsMarkdown(cases),
  models: ["| case | claim |", "|---|---|", ...modelRows].join("\n"),
  saboteurs: matrixAsMarkdown(await runMatrix()),
};

const before = readFileSync(page, "utf8");
let after = before;
for (const [name, text] of Object.entries(parts)) {
  const [begin, end] = [`<!-- generated: ${name} -->`, "<!-- end of what is generated -->"];
  const from = after.indexOf(begin);
  const to = after.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`docs/conformance.md has no place for ${name}.`);
  after = `${after.slice(0, from)}${begin}\n\n${text}\n\n${after.slice(to)}`;
}
if (process.argv.includes("--check")) {
  if (after !== before) {
    console.error("docs/conformance.md is not what the code says: npm run docs");
    process.exit(1);
  }
} else writeFileSync(page, after);
