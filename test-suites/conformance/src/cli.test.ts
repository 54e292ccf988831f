import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const command = fileURLToPath(new URL("./cli.ts", import.meta.url));
const fixture = fileURLToPath(new URL("./harness.fixture.ts", import.meta.url));

function run(parameters: readonly string[], environment: Record<string, string> = {}) {
  const node = ["--conditions=loci-source", "--disable-warning=ExperimentalWarning", command, ...parameters];
  return spawnSync(process.execPath, node, { encoding: "utf8", env: { ...process.env, ...environment } });
}

it("says what it does, gives a verdict and writes the report", () => {
  const folder = mkdtempSync(join(tmpdir(), "loci-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const json = join(folder, "report.json");
  const { status, stdout } = run([fixture, "--seed", "3", "--json", json]);
  expect(stdout).toContain("passed       reads-see-exactly-their-reach");
  expect(stdout).toContain(
    "in-memory: isolated (seed 3, effort 1); not looked at: other processes, the backend's bytes, the requests",
  );
  expect(status).toBe(0);
  expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({
    version: 1,
    name: "in-memory",
    seed: 3,
    verdict: "isolated",
  });
});

it("ends with 1 for a store that leaks, and says who saw what", () => {
  const { status, stdout } = run([fixture], { LOCI_FIXTURE_LEAKS: "1" });
  expect(status).toBe(1);
  expect(stdout).toContain("a store that leaks: leaks");
  expect(stdout).toMatch(/A reader that reaches .* saw what was written at .*, by list\./);
});

it("ends with 2 and the usage for anything else", () => {
  for (const parameters of [[], ["./no-such-file.ts"], [fixture, "--skip", "x"]]) {
    const { status, stderr } = run(parameters);
    expect(status, parameters.join(" ")).toBe(2);
    expect(stderr).toContain("Usage: npx @loci/conformance");
  }
});
