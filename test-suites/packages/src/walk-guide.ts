import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { expect } from "vitest";
import { makeAdapter } from "./scaffolded-adapter.ts";
import { root } from "./workspace.ts";

/** Does what the guide for adapters says, command by command and change by change, and compares what it shows. */
export function walkGuide(tarballs: readonly string[]): void {
  const guide = readFileSync(join(root, "docs/guides/add-an-adapter.md"), "utf8");
  let project = "";
  let output = "";
  let walked = 0;
  for (const { index, 1: language, 2: text = "" } of guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)) {
    const lines = text.trimEnd().split("\n");
    if (language === "sh") {
      for (const line of lines) {
        const [, , , ...rest] = line.split(" ");
        walked += 1;
        if (line.startsWith("npm create loci-adapter "))
          project = makeAdapter(
            rest.filter((part) => part !== "--"),
            tarballs,
          );
        // The command's own test has it run again.
        else if (!line.includes("--watch")) output = say(line, project);
      }
    } else if (lines.every((line) => /^[-+]/.test(line))) {
      const [, file = ""] = [...guide.slice(0, index).matchAll(/In `([^`]+)`/g)].at(-1) ?? [];
      change(join(project, file), lines);
    } else for (const line of lines) expect(output).toContain(line);
  }
  expect(walked).toBeGreaterThan(4);
}

/** What a command prints, however it ends. */
function say(line: string, cwd: string): string {
  const [command = "", ...parameters] = line.split(" ");
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const env = { ...process.env, NODE_OPTIONS: "", npm_config_loglevel: "error", PATH: path };
  const { stdout, stderr } = spawnSync(command, parameters, { cwd, encoding: "utf8", env });
  return `${stdout}\n${stderr}`;
}

function change(file: string, lines: readonly string[]): void {
  const of = (sign: string) =>
    lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(1).trim());
  const before = readFileSync(file, "utf8");
  const after = before.replace(of("-").join("\n"), of("+").join("\n"));
  expect(after).not.toBe(before);
  writeFileSync(file, after);
}
