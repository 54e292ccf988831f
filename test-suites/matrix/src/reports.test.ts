import { storeNames } from "@loci/backends";
import { cases } from "@loci/conformance";
import { describe, expect, it } from "vitest";
import { readReports } from "./report-files.ts";
import { loadSubject } from "./subjects.ts";

describe("reports", () => {
  it("are there for every store", async () => {
    const subjects = await Promise.all(storeNames.map(loadSubject));
    expect(new Set(readReports().map(({ name }) => name))).toEqual(
      new Set(subjects.map(({ harness }) => harness.name)),
    );
  });

  it.each(readReports())(
    "of $name on $backend.name $backend.version are of this suite: npm run matrix",
    (report) => {
      const claimsOf = (list: readonly { id: string; claim: string }[]) =>
        list.map(({ id, claim }) => `${id}: ${claim}`);
      expect(claimsOf(report.results)).toEqual(claimsOf(cases));
      expect(report.problems).toEqual([]);
      // What depends on timing says how often it was tried.
      const rounds = report.results.flatMap((result) => result.rounds ?? []);
      expect(rounds.length).toBeGreaterThanOrEqual(5);
      expect(Math.min(...rounds)).toBeGreaterThan(0);
      expect(report.verdict).toBe(report.standIn === null ? "isolated" : "stand-in");
    },
  );
});
