import type { CapabilityReport, ConformanceReport } from "@loci/conformance";

const marks = { "as-declared": "", otherwise: " (not so!)", "not-looked-at": " (declared)" };

/** The reports as a table for a documentation page. */
export function backendsAsMarkdown(reports: readonly ConformanceReport[]): string {
  const rows = reports.map((report) => {
    const of = (name: CapabilityReport["name"]) => {
      const capability = report.capabilities.find((candidate) => candidate.name === name);
      return capability ? `${capability.declared}${marks[capability.observed]}` : "unknown";
    };
    const verdict = report.standIn === null ? `**${report.verdict}**` : `${report.verdict}: not proven here`;
    const count = (outcome: string) => report.results.filter((result) => result.outcome === outcome).length;
    const passed = `${count("passed")} of ${report.results.length - count("not-declared")}`;
    const notLookedAt = report.notLookedAt.join(", ") || "everything was";
    const rounded = report.results.flatMap(({ rounds }) => rounds ?? []);
    // A report from before rounds were noted is none of no rounds.
    const rounds =
      rounded.length > 0 ? `${rounded.reduce((sum, one) => sum + one)} rounds` : "rounds that nobody noted";
    const modes = new Set(report.results.flatMap((result) => result.modes ?? [])).size;
    const backend = report.backend ? `${report.backend.name} ${report.backend.version}` : "unknown";
    const cells = [
      report.name,
      backend,
      verdict,
      passed,
      `${rounds}, ${modes} modes`,
      notLookedAt,
      of("isolation"),
      of("keyword"),
      of("scoreIsolation"),
      of("erasure"),
      `\`${report.reproduce}\``,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const head =
    "| store | backend | verdict | cases passed | tried in | not looked at | isolation | keyword search | scores follow from | erasure | repeat with |";
  return [head, "|---|---|---|---|---|---|---|---|---|---|---|", ...rows].join("\n");
}
