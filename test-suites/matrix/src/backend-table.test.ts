import { expect, it } from "vitest";
import { backendsAsMarkdown } from "./backend-table.ts";
import { readReports } from "./report-files.ts";

it("says how much was tried, and what was not looked at", () => {
  const [report] = readReports();
  if (!report) throw new Error("There is no report.");
  const [first, ...others] = report.results.map(({ rounds: _, modes: _modes, ...result }) => result);
  const row = (results: typeof report.results) =>
    backendsAsMarkdown([{ ...report, results, notLookedAt: ["other processes"] }])
      .split("\n")
      .at(-1);
  if (!first) throw new Error("The report has no results.");
  const noted = [
    { ...first, rounds: 60, modes: ["a", "b"] },
    ...others.map((one) => ({ ...one, modes: ["b"] })),
  ];
  expect(row(noted)).toContain("| 60 rounds, 2 modes | other processes |");
  // A report from before rounds were noted cannot pass for one of no rounds.
  expect(row([first, ...others])).toContain("| rounds that nobody noted, 0 modes |");
});
