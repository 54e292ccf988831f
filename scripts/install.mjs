// Installs as much of the workspace as a task needs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, run, say } from "./command.mjs";

const pnpm = "pnpm@12.21.0";
const stamp = join(root, "node_modules", ".loci-installed.json");

const quickstart = [
  "--filter-prod=@loci/example-quickstart...",
  // Beside what a filter selects, pnpm installs the workspace root, and with it every tool, unless it prunes.
  "--config.prune-direct-dependencies=true",
  // Asking the registry how old all packages of the lockfile are takes longer than installing the few that are needed.
  // Installing the workspace asks. The hashes in the lockfile are checked in any case.
  "--trust-lockfile",
];

/** What can be installed, smallest first. Each part contains those before it. */
const parts = {
  quickstart: { title: "what the quickstart needs", flags: [...quickstart, "--filter-prod=!@loci/ollama"] },
  "quickstart-models": { title: "what the quickstart and Ollama need", flags: quickstart },
  workspace: { title: "the workspace", flags: [] },
};
const sizeOf = (part) => Object.keys(parts).indexOf(part);

/** Installs a part, unless it has been installed since the lockfile changed. What was there already is kept up to date. */
export function install(wanted) {
  const lockfile = readFileSync(join(root, "pnpm-lock.yaml"), "utf8");
  const last = existsSync(stamp) ? JSON.parse(readFileSync(stamp, "utf8")) : undefined;
  const part = sizeOf(last?.part) > sizeOf(wanted) ? last.part : wanted;
  if (last?.part === part && last.lockfile === lockfile) return;
  const { title, flags } = parts[part];
  say(`Installing ${title} with pnpm (once; a minute on a slow line).`);
  run("npx", ["-y", pnpm, "install", "--frozen-lockfile", "--reporter=append-only", ...flags], {
    environment: { CI: "true" },
    quiet: true,
  });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, JSON.stringify({ part, lockfile }));
}
