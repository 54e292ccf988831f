/** Writes the parts of the documentation that follow from the code, between their markers. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  cases,
  casesAsMarkdown,
  embedderCases,
  languageModelCases,
} from "../test-suites/conformance/src/index.ts";
import { sabotages } from "../test-suites/conformance/src/sabotage/index.ts";
import { backendsAsMarkdown } from "../test-suites/matrix/src/backend-table.ts";
import { readReports } from "../test-suites/matrix/src/report-files.ts";
import { matrixAsMarkdown, runMatrix } from "../test-suites/saboteurs/src/matrix.ts";

const modelRows = [...embedderCases, ...languageModelCases].map(
  ({ id, claim }) => `| \`${id}\` | ${claim} |`,
);
const sabotageRows = sabotages.map(
  ({ name, does, noticedBy }) => `| \`${name}\` | ${does} | \`${noticedBy}\` |`,
);
const pages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "docs/reference/conformance-cases.md": {
    cases: casesAsMarkdown(cases),
    models: ["| case | claim |", "|---|---|", ...modelRows].join("\n"),
    sabotages: ["| sabotage | what the store does | noticed by |", "|---|---|---|", ...sabotageRows].join(
      "\n",
    ),
    saboteurs: matrixAsMarkdown(await runMatrix()),
  },
  "docs/reference/backends.md": { backends: backendsAsMarkdown(readReports()) },
};

for (const [page, parts] of Object.entries(pages)) {
  const file = fileURLToPath(new URL(`../${page}`, import.meta.url));
  const before = readFileSync(file, "utf8");
  let after = before;
  for (const [name, text] of Object.entries(parts)) {
    const [begin, end] = [`<!-- generated: ${name} -->`, "<!-- end of what is generated -->"];
    const from = after.indexOf(begin);
    const to = after.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`${page} has no place for ${name}.`);
    after = `${after.slice(0, from)}${begin}\n\n${text}\n\n${after.slice(to)}`;
  }
  if (!process.argv.includes("--check")) writeFileSync(file, after);
  else if (after !== before) {
    console.error(`${page} is not what the code says: npm run docs`);
    process.exitCode = 1;
  }
}
